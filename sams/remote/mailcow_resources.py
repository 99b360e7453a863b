"""Memory and disk that this host really has: a control group's limit counts, not only what the machine shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

CONTROL_GROUPS = Path("/sys/fs/cgroup")


def memory() -> int:
    """Usable memory in bytes: the machine's, or the smallest limit of the control groups around us."""
    return min([machine_memory(Path("/proc/meminfo").read_text()), *limits(Path("/proc/1/cgroup").read_text(), CONTROL_GROUPS)])


def machine_memory(meminfo: str) -> int:
    """MemTotal of /proc/meminfo, in bytes."""
    line = next(line for line in meminfo.splitlines() if line.startswith("MemTotal:"))
    return int(line.split()[1]) * 1024


def limits(membership: str, root: Path) -> Iterator[int]:
    """Memory limits in bytes of all control groups that process 1 is in, both versions.

    Parameters
    ----------
    membership:
        Text of /proc/1/cgroup: ``number:controllers:path`` a line; version 2 has no controllers.
    root:
        Where the control groups are mounted.
    """
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield from upwards(root, path, "memory.max")
            yield from upwards(root / "unified", path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from upwards(root / "memory", path, "memory.limit_in_bytes")


def upwards(mount: Path, path: str, name: str) -> Iterator[int]:
    """The limits from a control group up to the root of its mount; ``max`` is none."""
    group = mount / path.strip("/")
    for place in [group, *group.parents]:
        if place == mount.parent:
            return
        try:
            text = (place / name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            yield int(text)


def free_space(path: Path) -> int:
    """Bytes free for root where this path lies, or would lie."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize
