"""Asking systemd, and remembering with which files a unit was last activated."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sams.remote import atomic
from sams.remote.errors import Failed
from sams.remote.files_state import digest

STAMPS = Path("/var/lib/sams/activated")
PROPERTIES = ("LoadState", "ActiveState", "UnitFileState", "NeedDaemonReload", "Result")


def systemctl(*arguments: str, check: bool = True) -> str:
    """Run systemctl; a failure names the command and what systemd said."""
    done = subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise Failed(f"systemctl {' '.join(arguments)} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def properties(unit: str) -> dict[str, str]:
    """What systemd says of a unit now."""
    text = systemctl("show", unit, "--property", ",".join(PROPERTIES))
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def digest_of(paths: Sequence[str]) -> str:
    """One digest over these files and, for directories, all files below; a missing file counts as missing."""
    value = hashlib.sha256()
    for name in paths:
        for path in sorted([Path(name), *Path(name).rglob("*")]):
            if path.is_file():
                value.update(f"{path} {digest(path)}\n".encode())
    return value.hexdigest()


def writing_of(paths: Sequence[str]) -> str:
    """One digest over these files and when they were last written.

    Somebody may change a file, restart the unit and change the file back: its content then is what we activated last, but not what runs.
    """
    files = [path for name in paths for path in [Path(name), *Path(name).rglob("*")] if path.is_file()]
    newest = max((path.stat().st_mtime_ns for path in files), default=0)
    return hashlib.sha256(f"{digest_of(paths)} {newest}".encode()).hexdigest()


def stamp(unit: str) -> dict[str, Any]:
    """With which files the unit was last activated by us; empty when never."""
    try:
        found: dict[str, Any] = json.loads((STAMPS / unit).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def write_stamp(unit: str, digests: dict[str, str]) -> None:
    """Remember the files with which the unit has been activated."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    atomic.write(str(STAMPS / unit), json.dumps(digests).encode())


def last_words(unit: str, lines: int = 15) -> str:
    """The unit's last journal lines, for error messages."""
    command = ["journalctl", "-u", unit, "-n", str(lines), "--no-pager", "-o", "cat"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
