"""The releases of the stand-in's repository, and the git repository that holds them.

The folder `repository` is the newest release. An older one is the same tree with other image references, so that updates
can be played. Author, dates and thus commit names are fixed: the same sources give the same commits everywhere.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "repository"

#: Release -> image references that differ from the newest release, by name; oldest release first. As upstream's.
RELEASES: dict[str, dict[str, str]] = {
    "2026-05c": {
        "ghcr.io/mailcow/rspamd": "3.14.3-1",
        "ghcr.io/mailcow/phpfpm": "8.2.29-2",
        "ghcr.io/mailcow/sogo": "5.12.8-1",
        "ghcr.io/mailcow/postfix": "3.7.11-2",
        "ghcr.io/mailcow/nginx": "1.30.2-1",
        "ghcr.io/mailcow/acme": "1.97",
    },
    "2026-07a": {},
}
DATES = {"2026-05c": "2026-06-12T09:00:00+00:00", "2026-07a": "2026-07-30T09:00:00+00:00"}
NAMELESS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def compose_file(release: str) -> str:
    """The text of `docker-compose.yml` in a release."""
    text = (SOURCE / "docker-compose.yml").read_text()
    for name, version in RELEASES[release].items():
        text = re.sub(rf"image: {re.escape(name)}:\S+", f"image: {name}:{version}", text)
    return text


def image_references(release: str) -> tuple[str, ...]:
    """Every image that a release names, in the order of its compose file."""
    return tuple(re.findall(r"image: (\S+)", compose_file(release)))


def make_repository(folder: Path) -> Path:
    """Make a bare git repository with a tag for each release on branch `master`, ready to be served, in `folder`."""
    tree, bare = folder / "tree", folder / "mailcow-dockerized.git"
    tree.mkdir(parents=True)
    _git(tree, "init", "--quiet", "--initial-branch=master")
    for release in RELEASES:
        _write_tree(tree, release)
        _commit(tree, release)
    _git(folder, "clone", "--quiet", "--bare", str(tree), str(bare))
    _git(bare, "remote", "remove", "origin")
    shutil.rmtree(tree)
    return bare


def _write_tree(tree: Path, release: str) -> None:
    shutil.copytree(SOURCE, tree, dirs_exist_ok=True)
    (tree / "docker-compose.yml").write_text(compose_file(release))
    # Names that git would obey in this project's own repository are given only here.
    (tree / "gitignore").rename(tree / ".gitignore")
    if not (tree / ".env").is_symlink():
        (tree / ".env").symlink_to("mailcow.conf")


def _commit(tree: Path, release: str) -> None:
    date = DATES[release]
    dated = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    _git(tree, "add", "--all", "--force")
    _git(tree, "commit", "--quiet", "--message", f"Release {release}", **dated)
    _git(tree, "tag", release, **dated)


def _git(folder: Path, *arguments: str, **environment: str) -> None:
    identity = ("-c", "user.name=Stand-in", "-c", "user.email=stand-in@lab.test", "-c", "commit.gpgsign=false")
    subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, env={**os.environ, **NAMELESS, **environment}
    )
