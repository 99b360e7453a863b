"""Take one program out of an uploaded archive and put it in its place, whole and verified."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

from sams.remote import atomic
from sams.remote.errors import Failed
from sams.remote.files_state import digest

BLOCK = 1 << 20


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"archive", "archive_sha256", "member", "path", "sha256", "link"}`` -> the program at ``path``; the archive is removed."""
    archive, path, link = Path(job["archive"]), Path(job["path"]), Path(job["link"])
    refuse_other(str(archive), job["archive_sha256"], digest(archive))
    path.parent.mkdir(parents=True, exist_ok=True)
    new = atomic.beside(path)
    refuse_other(job["member"], job["sha256"], extracted(archive, job["member"], new))
    new.chmod(0o755)
    new.replace(path)
    atomic.sync_directory(path.parent)
    relink(link, path)
    archive.unlink()
    return {"path": str(path)}


def relink(link: Path, target: Path) -> None:
    """Make a link point to the target, without a moment when it points to nothing."""
    new = atomic.beside(link)
    new.symlink_to(target)
    new.replace(link)


def extracted(archive: Path, member: str, target: Path) -> str:
    """Write a member of a zip archive to a file, flushed to the disk; -> its SHA-256."""
    value = hashlib.sha256()
    with zipfile.ZipFile(archive) as bundle, bundle.open(member) as source, target.open("wb") as sink:
        while block := source.read(BLOCK):
            value.update(block)
            sink.write(block)
        sink.flush()
        os.fsync(sink.fileno())
    return value.hexdigest()


def refuse_other(name: str, expected: str, seen: str) -> None:
    """Stop when a digest is not the pinned one."""
    if expected != seen:
        raise Failed(f"{name}: expected SHA-256 {expected}, seen {seen}; it was not installed. Next: remove ~/.cache/sams and run again")
