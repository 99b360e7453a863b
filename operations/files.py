"""All files of a service in one operation: one remote command to look, one to write."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.remote import Paths
from operations.remote import remote_command
from sams.core.secret import Secret


@dataclass(frozen=True)
class ManagedFile:
    """A file as it must be; ``mode`` is octal digits without a leading zero."""

    path: str
    content: str | bytes | Secret
    mode: str = "644"
    owner: str = "root"
    group: str = "root"

    def data(self) -> bytes:
        """The content's bytes."""
        text = self.content.reveal() if isinstance(self.content, Secret) else self.content
        return text.encode() if isinstance(text, str) else text

    def matches(self, found: dict[str, Any]) -> bool:
        """Whether the file on the host is this one."""
        wanted = ("file", hashlib.sha256(self.data()).hexdigest(), self.mode, self.owner, self.group)
        return wanted == tuple(found.get(key) for key in ("kind", "sha256", "mode", "owner", "group"))

    def job(self) -> dict[str, str]:
        """What ``files_write`` takes."""
        return {
            "path": self.path,
            "content": base64.b64encode(self.data()).decode(),
            "mode": self.mode,
            "owner": self.owner,
            "group": self.group,
        }


@dataclass(frozen=True)
class ManagedDirectory:
    """A directory as it must be; what is in it stays."""

    path: str
    mode: str = "755"
    owner: str = "root"
    group: str = "root"

    def matches(self, found: dict[str, Any]) -> bool:
        """Whether the directory on the host is this one."""
        wanted = ("directory", self.mode, self.owner, self.group)
        return wanted == tuple(found.get(key) for key in ("kind", "mode", "owner", "group"))


@operation()
def managed(
    *,
    files: Sequence[ManagedFile] = (),
    directories: Sequence[ManagedDirectory] = (),
    absent: Sequence[str] = (),
) -> Generator[PyinfraCommand, None, None]:
    """Make these directories and files stand as given and these paths be gone.

    + files: files with content, mode and owner; secrets are masked on the way
    + directories: directories with mode and owner
    + absent: paths that must not exist
    """
    paths = [*(file.path for file in files), *(directory.path for directory in directories), *absent]
    found = host.get_fact(Paths, paths=paths) or {}
    stale_files = [file for file in files if not file.matches(found.get(file.path, {}))]
    stale_directories = [directory for directory in directories if not directory.matches(found.get(directory.path, {}))]
    present = [path for path in absent if found.get(path, {"kind": "absent"})["kind"] != "absent"]
    changing = [directory.path for directory in stale_directories] + [file.path for file in stale_files]
    changing += [f"{path} (removed)" for path in present]
    if not changing:
        host.noop(f"{len(paths)} paths are current")
        return
    host.log(f"writes {', '.join(changing)}")
    job = {
        "directories": [vars(directory) for directory in stale_directories],
        "files": [file.job() for file in stale_files],
        "absent": present,
    }
    yield remote_command("files_write", job)
