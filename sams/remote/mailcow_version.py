"""Which release of Mailcow stands on this host: told by git, for what the web interface says is cosmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sams.remote.mailcow_programs import DIRECTORY
from sams.remote.mailcow_source import commit, git


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"tag": text, "commit": text}``; both empty where no Mailcow is installed."""
    directory = Path(job.get("directory", DIRECTORY))
    return {"tag": git(directory, "describe", "--tags", "--always"), "commit": commit(directory, "HEAD")}
