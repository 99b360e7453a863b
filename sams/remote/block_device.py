"""Block devices for data: what is on them, and a file system only where there is nothing at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sams.remote import commands
from sams.remote.errors import Failed

MIB = 1 << 20


def real(device: str) -> str:
    """The device node behind links such as /dev/disk/by-id/…; empty when there is none."""
    path = os.path.realpath(device)
    return path if Path(path).is_block_device() else ""


def attribute(node: str, name: str) -> str:
    """What a probe of the device itself says (no cache): TYPE, UUID, PTTYPE …; empty when nothing."""
    return commands.run("blkid", "--probe", "--match-tag", name, "--output", "value", node).stdout.strip()


def signatures(node: str) -> list[str]:
    """Every signature on the device: file systems, partition tables, RAID, LVM, encryption."""
    found = json.loads(commands.output("wipefs", "--no-act", "--json", node) or "{}")
    return [entry["type"] for entry in found.get("signatures", [])]


def children(node: str) -> list[str]:
    """Partitions and mappings on top of the device."""
    return commands.run("lsblk", "--noheadings", "--list", "--output", "NAME", node).stdout.split()[1:]


def has_data(node: str) -> bool:
    """Whether the first or last MiB holds anything but zeros: data without a signature is data too."""
    with Path(node).open("rb") as stream:
        head = stream.read(MIB)
        stream.seek(-min(MIB, stream.seek(0, os.SEEK_END)), os.SEEK_END)
        return any(head) or any(stream.read(MIB))


def why_not_blank(node: str) -> str:
    """What stands on the device; empty when nothing does."""
    if found := signatures(node) or children(node):
        return ", ".join(found)
    return "data without a file system" if has_data(node) else ""


def make_file_system(node: str, kind: str) -> None:
    """Make a file system on a device on which there is nothing at all.

    Raises
    ------
    Failed:
        When there is something.
    """
    if found := why_not_blank(node):
        raise Failed(
            f"{node}: expected a blank device, seen {found}. Nothing was written. Next: name the right device, or empty it by hand."
        )
    commands.output(f"mkfs.{kind}", "-q", node)
