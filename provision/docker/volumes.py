"""Disks: each machine's own, for Docker inside it, and data volumes that outlive their machines."""

from __future__ import annotations

from docker.errors import NotFound

from provision.docker.engine import client
from provision.docker.labels import ENV, HOST, SPEC, filter_of, labels_of, resource_of
from provision.model import DataVolume, Machine, Observed

#: Docker inside a machine needs a real file system here: layers on layers do not work.
DOCKER_DATA = "/var/lib/docker"


def observe(env: str) -> list[Observed]:
    """The environment's data volumes; a machine's own disk is part of the machine."""
    found = client().volumes.list(filters=filter_of(env))
    return [
        Observed(resource_of(DataVolume, volume.attrs["Labels"]), str(volume.name)) for volume in found if SPEC in volume.attrs["Labels"]
    ]


def create(env: str, wanted: DataVolume) -> None:
    """Make a data volume."""
    client().volumes.create(f"sams-{env}-{wanted.name}", labels=labels_of(env, wanted))


def mounts(env: str, machine: Machine) -> list[str]:
    """What a new machine mounts, as the engine's binds; its own disk is made here, empty even when an earlier machine left one."""
    data = [f"sams-{env}-{machine.name}-data:{mount}" for mount in machine.mounts]
    if DOCKER_DATA in machine.mounts:
        return data
    own = _own(env, machine.name)
    _remove(own)
    client().volumes.create(own, labels={ENV: env, HOST: machine.name})
    return [f"{own}:{DOCKER_DATA}", *data]


def remove(env: str, volume: DataVolume) -> None:
    """Remove a data volume and what is on it."""
    _remove(f"sams-{env}-{volume.name}")


def remove_own(env: str, machine: str) -> None:
    """Remove a machine's own disk."""
    _remove(_own(env, machine))


def _own(env: str, machine: str) -> str:
    return f"sams-{env}-{machine}-docker"


def _remove(name: str) -> None:
    try:
        client().volumes.get(name).remove()
    except NotFound:
        return  # an earlier run was killed after this step
