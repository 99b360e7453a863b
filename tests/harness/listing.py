"""Sent to a host as it is, so standard library only: every file below some paths, as JSON, with what it holds.

python3 -c PROGRAM PATH…      ->  {path: [mode, owner, content or "sha256 …" or "-> target"]}
"""

import grp
import hashlib
import json
import pwd
import stat
import sys
from pathlib import Path

LARGEST = 65536


def content(path, status):
    """The text of a small file, the digest of another, the target of a link; a folder has none."""
    if stat.S_ISLNK(status.st_mode):
        return f"-> {path.readlink()}"
    if not stat.S_ISREG(status.st_mode):
        return "folder" if stat.S_ISDIR(status.st_mode) else "special"
    data = path.read_bytes()
    try:
        return data.decode() if len(data) <= LARGEST else "sha256 " + hashlib.sha256(data).hexdigest()
    except UnicodeDecodeError:
        return "sha256 " + hashlib.sha256(data).hexdigest()


def entry(path):
    """Mode, owner and content."""
    status = path.lstat()
    owner = f"{pwd.getpwuid(status.st_uid).pw_name}:{grp.getgrgid(status.st_gid).gr_name}"
    return [f"{stat.S_IMODE(status.st_mode):o}", owner, content(path, status)]


roots = [Path(argument) for argument in sys.argv[1:]]
found = [path for root in roots if root.exists() or root.is_symlink() for path in (root, *root.rglob("*"))]
print(json.dumps({str(path): entry(path) for path in found}))
