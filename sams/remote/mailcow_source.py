"""Mailcow's own files at a pinned release: what stands there now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sams.remote.errors import Failed
from sams.remote.mailcow_programs import STATE
from sams.remote.mailcow_programs import run as run_program

BRANCH = "sams"
#: Edits that were saved and not yet put back: a change of release is under way.
PENDING = STATE / "edits" / "pending"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "repository", "tag"}`` -> what is checked out and whether that is the release asked for."""
    directory = Path(job["directory"])
    if not (directory / ".git").is_dir():
        return {"cloned": False, "current": False, "foreign": foreign(directory)}
    wanted, seen = commit(directory, f"refs/tags/{job['tag']}^{{commit}}"), commit(directory, "HEAD")
    branch, origin = branch_of(directory), git(directory, "config", "remote.origin.url")
    right = bool(wanted) and wanted == seen and branch == BRANCH and origin == job["repository"] and not PENDING.exists()
    return {"cloned": True, "current": right, "commit": seen, "branch": branch, "repository": origin, "foreign": []}


def branch_of(directory: Path) -> str:
    """The branch that is checked out."""
    return (directory / ".git" / "HEAD").read_text().strip().rpartition("refs/heads/")[2]


def foreign(directory: Path) -> list[str]:
    """What stands where the clone should be."""
    return sorted(entry.name for entry in directory.iterdir())[:5] if directory.is_dir() else []


def git(directory: Path, *arguments: str) -> str:
    """What git says, empty when it says no."""
    try:
        return run_program(["git", "-C", str(directory), *arguments], patience=60).strip()
    except Failed:
        return ""


def commit(directory: Path, name: str) -> str:
    """Commit behind a name; empty when there is no such name here."""
    return git(directory, "rev-parse", "--verify", "--quiet", name)
