"""Verb: give blank devices a file system, and mount every volume by its UUID, now and at boot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sams.remote import atomic, block_device, systemd, volumes_state
from sams.remote.errors import Failed


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"volumes": [{"device", "mount_point", "file_system"}]}`` -> what was made."""
    return {volume["mount_point"]: mount(volume) for volume in job["volumes"]}


def mount(volume: dict[str, str]) -> str:
    """Bring one volume up."""
    seen = volumes_state.state(volume)
    if seen["problem"]:
        raise Failed(seen["problem"])
    if seen["ready"]:
        return "was mounted"
    if not seen["file_system"]:
        block_device.make_file_system(seen["node"], volume["file_system"])
    unit = volumes_state.unit_name(volume["mount_point"])
    demand_empty(Path(volume["mount_point"]))
    atomic.write(str(volumes_state.UNITS / unit), volumes_state.unit_text(volume, seen["node"]).encode())
    systemd.systemctl("daemon-reload")
    systemd.systemctl("enable", unit)
    systemd.systemctl("start", unit)
    return "mounted" if seen["file_system"] else "made and mounted"


def demand_empty(mount_point: Path) -> None:
    """Refuse to hide files: what stands in the folder would seem lost."""
    mount_point.mkdir(parents=True, exist_ok=True)
    if not os.path.ismount(mount_point) and any(mount_point.iterdir()):
        raise Failed(f"{mount_point}: expected an empty folder to mount on, but it holds files. Next: move them away, then run again.")
