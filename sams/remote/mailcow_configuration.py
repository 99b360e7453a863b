"""mailcow.conf as it stands: values of the keys that may be told, digests of those that may not."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from sams.remote import mailcow_conf
from sams.remote import mailcow_engine as engine
from sams.remote.mailcow_programs import STATE
from sams.remote.mailcow_source import commit, git

#: Stands while generate_config.sh is at work: a mailcow.conf beside it may be cut short.
GENERATING = STATE / "generating"
VERSION_FILE = "data/web/inc/app_info.inc.php"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "public": [...], "secret": [...], "tag"}`` -> the state of the configuration."""
    directory = Path(job["directory"])
    path = directory / "mailcow.conf"
    exists = path.exists() and not GENERATING.exists()
    values = mailcow_conf.read(str(directory)) if exists else {}
    return {
        "exists": exists,
        "private": exists and is_private(path),
        "values": {key: values[key] for key in job["public"] if key in values},
        "digests": {key: mailcow_conf.digest(values[key]) for key in job["secret"] if values.get(key)},
        "volumes": engine.present() and engine.volume_path("mysql-vol-1") is not None,
        "version": exists and version_is_told(directory, job["tag"]),
    }


def is_private(path: Path) -> bool:
    """Whether only root can read a file."""
    found = path.stat()
    return stat.S_IMODE(found.st_mode) == 0o600 and found.st_uid == 0


def version_is_told(directory: Path, tag: str) -> bool:
    """Whether the version file says what is checked out: Mailcow's web interface and API read it."""
    try:
        return (directory / VERSION_FILE).read_text() == version_text(directory, tag)
    except FileNotFoundError:
        return False


def version_text(directory: Path, tag: str) -> str:
    """The version file for the release that is checked out."""
    date, epoch = git(directory, "log", "-1", "--format=%ci%n%ct").splitlines() or ("", "0")
    origin = git(directory, "config", "remote.origin.url")
    values = {
        "MAILCOW_GIT_VERSION": tag,
        "MAILCOW_LAST_GIT_VERSION": "",
        "MAILCOW_GIT_OWNER": "mailcow",
        "MAILCOW_GIT_REPO": "mailcow-dockerized",
        "MAILCOW_GIT_URL": origin,
        "MAILCOW_GIT_COMMIT": commit(directory, "HEAD"),
        "MAILCOW_GIT_COMMIT_DATE": date,
        "MAILCOW_BRANCH": "master",
    }
    lines = [f'  ${key}="{value}";' for key, value in values.items()]
    return "\n".join(["<?php", *lines, f"  $MAILCOW_UPDATEDAT={epoch};", "?>", ""])
