"""Test hosts by another road than SSH: through the engine that runs them."""

from __future__ import annotations

import docker
from docker.models.containers import Container

from sams.adapters.hosts_file import HostRecord


def container(record: HostRecord) -> Container:
    """The container that is this host."""
    return docker.from_env().containers.get(record.provider_id)


def inside(record: HostRecord, *arguments: str, check: bool = True) -> str:
    """Run a program on the host and give its standard output; an error shows what it said."""
    status, (output, errors) = container(record).exec_run(list(arguments), demux=True)
    if check and status != 0:
        raise AssertionError(f"{record.name}: {' '.join(arguments)} ended with {status}: {(errors or output or b'').decode()[-2000:]}")
    return (output or b"").decode(errors="replace")


def restart(record: HostRecord) -> None:
    """Restart the host as a power button would: orderly, then on again."""
    container(record).restart(timeout=60)
