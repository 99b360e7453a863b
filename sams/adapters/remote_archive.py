"""The zipapp of ``sams.remote``: the same bytes for the same sources, on every machine."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from pathlib import Path

import sams.remote

PACKAGE = Path(sams.remote.__file__).parent
DIRECTORY = "/usr/local/lib/sams"
LINK = f"{DIRECTORY}/remote.pyz"
EPOCH = (1980, 1, 1, 0, 0, 0)
START = "import sys\nfrom sams.remote.__main__ import main\nraise SystemExit(main(sys.argv[1:]))\n"


@functools.cache
def archive() -> bytes:
    """The zipapp's bytes: fixed order, times and modes."""
    members = {"__main__.py": START.encode(), "sams/__init__.py": b""}
    members |= {f"sams/remote/{path.name}": path.read_bytes() for path in PACKAGE.glob("*.py")}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, members[name])
    return stream.getvalue()


@functools.cache
def digest() -> str:
    """Its name's digest: the first 12 hexadecimal digits of the archive's SHA-256."""
    return hashlib.sha256(archive()).hexdigest()[:12]


def path() -> str:
    """Where this version stands on hosts; units name it, so a new version restarts what runs it."""
    return f"{DIRECTORY}/remote-{digest()}.pyz"
