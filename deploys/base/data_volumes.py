"""The data volumes of a host."""

from __future__ import annotations

from sams.core.settings import Settings

#: Where Oracle Cloud's agent links the first volume attached with a consistent device path.
OCI_DEVICE = "/dev/oracleoci/oraclevdb"


def data_volumes(settings: Settings, name: str) -> list[dict[str, str]]:
    """Device, mount point and file system of each data volume that a host mounts itself.

    A volume that the provider attaches as a block device comes first; test hosts get theirs mounted.
    """
    machine = settings.machines.hosts[name]
    attached = machine.data_volume if settings.machines.provider == "oci" else None
    first = [{"device": OCI_DEVICE, "mount_point": attached.mount, "file_system": "ext4"}] if attached else []
    return first + [volume.model_dump() for volume in settings.base.volumes.get(name, ())]
