"""Test hosts by another road than SSH: through the engine that runs them."""

from __future__ import annotations

import subprocess

import docker
from docker.models.containers import Container

from sams.adapters.hosts_file import HostRecord


def container(record: HostRecord) -> Container:
    """The container that is this host."""
    return docker.from_env().containers.get(record.provider_id)


def inside(record: HostRecord, *arguments: str, check: bool = True) -> str:
    """Run a program on the host and give its standard output; an error shows what it said."""
    done = executed(record.provider_id, *arguments)
    if check and done.returncode != 0:
        raise AssertionError(
            f"{record.name}: {' '.join(arguments)} ended with {done.returncode}: {(done.stderr or done.stdout).decode()[-2000:]}"
        )
    return done.stdout.decode(errors="replace")


def executed(name: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """A program run in a container, by Docker's own client: the SDK loses the output of some short ones on a busy machine."""
    return subprocess.run(["docker", "exec", name, *arguments], capture_output=True, check=False)


def restart(record: HostRecord) -> None:
    """Restart the host as a power button would: orderly, then on again."""
    container(record).restart(timeout=60)
