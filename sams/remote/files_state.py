"""What stands at some paths: kind, digest, mode, owner and group."""

from __future__ import annotations

import grp
import hashlib
import pwd
import stat
from pathlib import Path
from typing import Any

READ_AT_ONCE = 1 << 20


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"paths": [...]}`` -> ``{path: {"kind": "file|directory|link|other|absent", ...}}``."""
    return {path: state(Path(path)) for path in job["paths"]}


def state(path: Path) -> dict[str, Any]:
    """The state of one path; a link is not followed."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return {"kind": "absent"}
    found: dict[str, Any] = {
        "kind": kind(status.st_mode),
        "mode": f"{stat.S_IMODE(status.st_mode):o}",
        "owner": user_name(status.st_uid),
        "group": group_name(status.st_gid),
    }
    if found["kind"] == "file":
        found["sha256"] = digest(path)
    if found["kind"] == "link":
        found["target"] = str(path.readlink())
    return found


def kind(mode: int) -> str:
    """The word for a file type."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else "other"


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    value = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(READ_AT_ONCE):
            value.update(block)
    return value.hexdigest()


def user_name(number: int) -> str:
    """Name of a user number, or the number where it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """Name of a group number, or the number where it has none."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
