"""Bring Mailcow's own files to a pinned release, on a local branch; what an operator changed in them is saved first."""

from __future__ import annotations

import difflib
import os
import shutil
import time
from pathlib import Path
from typing import Any

from sams.remote import mailcow_source as source
from sams.remote.errors import Failed
from sams.remote.exclusive import exclusive
from sams.remote.mailcow_programs import STATE
from sams.remote.mailcow_programs import run as run_program

CLONE_PATIENCE_SECONDS = 1800
#: Edits of tracked files by Mailcow's own web interface: user data, put back after a change of release.
KEPT = "data/conf/rspamd/custom/"
EDITS = STATE / "edits"
#: git must never wait for a password that nobody types.
QUIET = {"GIT_TERMINAL_PROMPT": "0"}


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "repository", "tag"}`` -> what ``mailcow_source`` says afterwards."""
    directory, repository, tag = Path(job["directory"]), job["repository"], job["tag"]
    with exclusive():
        if (directory / ".git").is_dir():
            git(directory, "remote", "set-url", "origin", repository)
            if not source.commit(directory, f"refs/tags/{tag}"):
                require_tag(repository, tag)
                git(directory, "fetch", "--quiet", "--tags", "origin", patience=CLONE_PATIENCE_SECONDS)
            switch(directory, tag)
        else:
            require_tag(repository, tag)
            clone(directory, repository, tag)
    answer = source.run(job)
    if not answer["current"]:
        raise Failed(f"{directory}: expected {tag} on branch {source.BRANCH}, seen {answer}; next: git -C {directory} status")
    return answer


def git(directory: Path, *arguments: str, patience: int = 120) -> str:
    """Run git in a clone."""
    return run_program(["git", "-C", str(directory), *arguments], patience=patience, presets=QUIET)


def require_tag(repository: str, tag: str) -> None:
    """Refuse a release that the repository does not have, naming those nearest to it."""
    lines = run_program(["git", "ls-remote", "--tags", "--refs", "--", repository], patience=120, presets=QUIET).splitlines()
    tags = [line.rpartition("refs/tags/")[2] for line in lines]
    if tag not in tags:
        near = difflib.get_close_matches(tag, tags, n=3, cutoff=0.5) or sorted(tags)[-3:]
        raise Failed(
            f"mailcow.tag: expected a release of {repository}, seen {tag!r}; nearest: {', '.join(near) or 'none, it has no tags'}; "
            "next: set mailcow.tag to one of them and run again; nothing was changed"
        )


def clone(directory: Path, repository: str, tag: str) -> None:
    """Clone beside the place and move it there when it is complete."""
    if seen := source.foreign(directory):
        raise Failed(f"{directory}: expected Mailcow's clone or nothing, seen {', '.join(seen)}; next: move it away and run again")
    new = directory.with_name(f"{directory.name}.sams-new")
    shutil.rmtree(new, ignore_errors=True)
    new.parent.mkdir(parents=True, exist_ok=True)
    run_program(["git", "clone", "--quiet", "--no-checkout", "--", repository, str(new)], patience=CLONE_PATIENCE_SECONDS, presets=QUIET)
    checkout(new, tag)
    if directory.is_dir():
        directory.rmdir()
    new.replace(directory)


def switch(directory: Path, tag: str) -> None:
    """Go to another release; save edits first, put the web interface's maps back afterwards."""
    (directory / ".git" / "index.lock").unlink(missing_ok=True)  # left by a git that was killed: we hold the lock
    if not source.PENDING.exists():
        save_edits(directory)
    checkout(directory, tag)
    restore_edits(directory)


def checkout(directory: Path, tag: str) -> None:
    """Put the branch at a release, over whatever is there."""
    git(directory, "checkout", "--quiet", "--force", "-B", source.BRANCH, f"refs/tags/{tag}", patience=300)


def save_edits(directory: Path) -> None:
    """Keep the difference to the present release as a patch, and the edited maps as files; visible by one rename."""
    new = EDITS / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    EDITS.chmod(0o700)
    (new / "edits.patch").write_text(git(directory, "diff", "HEAD"))
    for name in git(directory, "diff", "--name-only", "HEAD", "--", KEPT).splitlines():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(directory / name, new / name)
    os.sync()
    new.replace(source.PENDING)


def restore_edits(directory: Path) -> None:
    """Put the edited maps back and file the saved edits under the time."""
    for path in sorted((source.PENDING / KEPT).rglob("*")):
        if path.is_file():
            shutil.copy2(path, directory / path.relative_to(source.PENDING))
    source.PENDING.replace(EDITS / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
