"""Writing a file so that it is whole or not there, with its final mode from the first byte."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
from pathlib import Path


def numeric_owner(owner: str, group: str) -> tuple[int, int]:
    """User and group numbers of these names."""
    return pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid


def write(path: str, content: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
    """Write ``content`` to ``path``: new file beside it, flushed to the disk, then renamed over it."""
    new = Path(f"{path}.sams-new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
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
