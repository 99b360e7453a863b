"""Data volumes."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.machine import Volumes
from operations.remote import fail_host, remote_command


@operation()
def mounted(*, volumes: Sequence[Mapping[str, str]]) -> Generator[PyinfraCommand, None, None]:
    """Mount data volumes by UUID, now and at boot; a file system is made only on a device on which there is nothing.

    + volumes: device, mount_point and file_system of each
    """
    jobs = [dict(volume) for volume in volumes]
    found = host.get_fact(Volumes, volumes=jobs) if jobs else {}
    if found is not None:
        problems = [state["problem"] for state in found.values() if state["problem"]]
        if problems:
            yield fail_host("\n".join(problems))
            return
        if all(state["ready"] for state in found.values()):
            host.noop(f"{len(jobs)} data volumes are mounted")
            return
        blank = [f"{state['node']}" for state in found.values() if not state["file_system"]]
        if blank:
            host.log(f"makes a file system on the blank device {', '.join(blank)}")
    yield remote_command("volumes_mount", {"volumes": jobs})
