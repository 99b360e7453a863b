"""From the settings to the resources that they ask for."""

from __future__ import annotations

from provision.model import DataVolume, Machine
from sams.core.settings.machines import Host, Machines


def machines_of(machines: Machines, default_release: str | None) -> tuple[Machine, ...]:
    """The machines of an environment."""
    return tuple(_machine(name, host, machines.ssh.user, default_release) for name, host in machines.hosts.items())


def data_volumes_of(machines: Machines) -> tuple[DataVolume, ...]:
    """The data volumes of an environment: at most one for each machine."""
    return tuple(
        DataVolume(name=f"{name}-data", machine=name, size_gib=host.data_volume.size_gib)
        for name, host in machines.hosts.items()
        if host.data_volume
    )


def _machine(name: str, host: Host, user: str, default_release: str | None) -> Machine:
    return Machine(
        name=name,
        groups=host.groups,
        fqdn=host.fqdn,
        release=host.release or default_release,
        user=user,
        address=str(host.address) if host.address else None,
        memory_gib=host.memory_gib,
        mounts=(host.data_volume.mount,) if host.data_volume else (),
        packet_filter=host.image_rules or "none",
    )
