"""Writing a file so that it is whole or not there, with its final mode from the first byte."""

from __future__ import annotations

import glob
import grp
import os
import pwd
from pathlib import Path


def numeric_owner(owner: str, group: str) -> tuple[int, int]:
    """User and group numbers of these names."""
    return pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid


def beside(path: Path) -> Path:
    """A name beside a path for its new content, of this process alone: a killed run may have left another one at work on the same path.

    What processes that are gone have left under such names is removed.
    """
    for left in path.parent.glob(f"{glob.escape(path.name)}.sams-new-*"):
        number = left.name.rpartition("-")[2]
        if number == str(os.getpid()) or not Path(f"/proc/{number}").exists():
            left.unlink(missing_ok=True)
    return path.with_name(f"{path.name}.sams-new-{os.getpid()}")


def write(path: str, content: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
    """Write ``content`` to ``path``: new file beside it, flushed to the disk, then renamed over it."""
    new = beside(Path(path))
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchown(descriptor, *numeric_owner(owner, group))
        os.fchmod(descriptor, mode)
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
    new.replace(path)
    sync_directory(Path(path).parent)


def sync_directory(directory: Path) -> None:
    """Make a rename in this directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
