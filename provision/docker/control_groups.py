"""What a container needs so that systemd, and Docker inside it, run: it differs by the machine's control groups."""

from __future__ import annotations

import functools
from typing import Any

from docker.errors import APIError, ContainerError

from provision.docker.engine import client
from provision.docker.labels import SHARED

#: A host sets its own network's sysctls. All others belong to the machine and are out of its reach: systemd alone would raise
#: fs.file-max and apply its distribution's defaults to the machine at every start of a host.
WRITABLE_FOR_HOSTS: dict[str, Any] = {
    "MaskedPaths": [],
    "ReadonlyPaths": ["/proc/sys/fs", "/proc/sys/kernel", "/proc/sys/vm", "/proc/sysrq-trigger"],
}
#: Works without real privileges; SYS_RESOURCE is left out because machines that are containers themselves often lack it.
CAPABLE: dict[str, Any] = WRITABLE_FOR_HOSTS | {
    "CapAdd": ["ALL"],
    "CapDrop": ["SYS_RESOURCE"],
    "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
    "CgroupnsMode": "host",
    "Binds": ["/sys/fs/cgroup:/sys/fs/cgroup:rw"],
}
PRIVILEGED: dict[str, Any] = WRITABLE_FOR_HOSTS | {"Privileged": True, "CgroupnsMode": "private"}


@functools.cache
def privileges(image: str) -> dict[str, Any]:
    """The part of a container's configuration that lets systemd run, tried with `image` where there is a choice."""
    if str(client().info().get("CgroupVersion", "1")) == "2" and _starts_privileged(image):
        return PRIVILEGED
    return CAPABLE


def _starts_privileged(image: str) -> bool:
    """Whether the engine may start privileged containers: some machines forbid it."""
    try:
        client().containers.run(image, ["true"], remove=True, labels=SHARED, privileged=True, network_mode="none")
    except (APIError, ContainerError):
        return False
    return True
