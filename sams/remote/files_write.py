"""Make directories, write files, remove what must not be there: in this order, each step atomic."""

from __future__ import annotations

import base64
import os
import shutil
from pathlib import Path
from typing import Any

from sams.remote import atomic
from sams.remote.errors import Failed


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directories": [...], "files": [...], "absent": [...]}`` -> what was written."""
    for directory in job.get("directories", []):
        make_directory(directory)
    for file in job.get("files", []):
        write_file(file)
    for path in job.get("absent", []):
        remove(Path(path))
    return {"written": [file["path"] for file in job.get("files", [])], "removed": job.get("absent", [])}


def make_directory(wanted: dict[str, Any]) -> None:
    """Make one directory and its parents; the parents get the system's defaults."""
    path = Path(wanted["path"])
    if path.exists() and not path.is_dir():
        raise Failed(f"{path}: expected a directory, but a file stands there; move it away and run again")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.mkdir(0o700)
    os.chown(path, *atomic.numeric_owner(wanted["owner"], wanted["group"]))
    path.chmod(int(wanted["mode"], 8))


def write_file(wanted: dict[str, Any]) -> None:
    """Write one file, making its parent directories when they are missing."""
    path = Path(wanted["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise Failed(f"{path}: expected a file, but a directory stands there; move it away and run again")
    content = base64.b64decode(wanted["content"])
    atomic.write(str(path), content, mode=int(wanted["mode"], 8), owner=wanted["owner"], group=wanted["group"])


def remove(path: Path) -> None:
    """Remove a file, a link or a whole directory."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
