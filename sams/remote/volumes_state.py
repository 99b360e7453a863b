"""Verb: data volumes as they are: device, file system, UUID, where mounted, and whether mounted at boot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sams.remote import block_device, commands

UNITS = Path("/etc/systemd/system")


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"volumes": [{"device", "mount_point", "file_system"}]}`` -> ``{mount point: state}``."""
    return {volume["mount_point"]: state(volume) for volume in job["volumes"]}


def state(volume: dict[str, str]) -> dict[str, Any]:
    """One volume; ``problem`` says why it cannot be used."""
    node = block_device.real(volume["device"])
    kind = block_device.attribute(node, "TYPE") if node else ""
    source = mounted_from(volume["mount_point"])
    unit = UNITS / unit_name(volume["mount_point"])
    return {
        "node": node,
        "file_system": kind,
        "problem": problem(volume, node, kind, source),
        "ready": bool(node) and source == node and unit.is_file() and unit.read_text() == unit_text(volume, node) and enabled(unit.name),
    }


def problem(volume: dict[str, str], node: str, kind: str, source: str) -> str:
    """Why this volume cannot be used as it is; empty when it can."""
    if not node:
        return f"{volume['device']}: no such block device. Next: see 'lsblk' on the host, attach the volume or correct base.volumes."
    if source and source != node:
        return f"{volume['mount_point']}: expected {node} there, but {source} is mounted. Next: unmount it or choose another mount point."
    if not kind and (found := block_device.why_not_blank(node)):
        return (
            f"{node}: expected a blank device or {volume['file_system']}, seen {found}. Nothing was written. Next: name the right device."
        )
    if kind and kind != volume["file_system"]:
        return (
            f"{node}: expected {volume['file_system']} or a blank device, seen {kind}. Next: set file_system: {kind}, or the right device."
        )
    return ""


def mounted_from(mount_point: str) -> str:
    """The device that is mounted there; empty when none is."""
    return commands.run("findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", mount_point).stdout.strip()


def unit_name(mount_point: str) -> str:
    """The name that systemd demands for a mount unit."""
    return commands.output("systemd-escape", "--path", "--suffix=mount", mount_point).strip()


def unit_text(volume: dict[str, str], node: str) -> str:
    """The mount unit: by UUID; the host boots without the volume too, but Docker does not start without it."""
    return (
        f"[Unit]\nDescription=Data volume of SAMS at {volume['mount_point']}\nBefore=docker.service\n\n"
        f"[Mount]\nWhat=/dev/disk/by-uuid/{block_device.attribute(node, 'UUID')}\nWhere={volume['mount_point']}\n"
        f"Type={volume['file_system']}\nOptions=defaults\n\n[Install]\nWantedBy=local-fs.target\n"
    )


def enabled(unit: str) -> bool:
    """Whether the unit is mounted at boot."""
    return commands.succeeds("systemctl", "--quiet", "is-enabled", unit)
