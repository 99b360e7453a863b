"""Generating mailcow.conf once and bringing it to its values, with a script that behaves like Mailcow's."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from sams.remote import atomic, exclusive, mailcow_conf, mailcow_configuration, mailcow_configure, mailcow_engine
from sams.remote.errors import Failed

#: Like Mailcow's own: refuses to run twice, writes the file in place, makes up passwords; and tells what it was given.
SCRIPT = """#!/bin/sh
[ -f mailcow.conf ] && { read -r answer; exit 1; }
env > environment
printf 'MAILCOW_HOSTNAME=%s\\nDBPASS=madeup\\n#API_KEY=\\n' "$MAILCOW_HOSTNAME" > mailcow.conf
[ -f die ] && kill -9 $$
printf 'TZ=%s\\nLAST=1\\n' "$MAILCOW_TZ" >> mailcow.conf
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that was just checked out."""
    folder = tmp_path / "mailcow"
    (folder / "data" / "web" / "inc").mkdir(parents=True)
    script = folder / "generate_config.sh"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    monkeypatch.setattr(atomic, "numeric_owner", lambda *_: (os.getuid(), os.getgid()))
    monkeypatch.setattr(mailcow_configuration, "is_private", lambda path: stat.S_IMODE(path.stat().st_mode) == 0o600)
    monkeypatch.setattr(exclusive, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(mailcow_configuration, "GENERATING", tmp_path / "state" / "generating")
    monkeypatch.setattr(mailcow_configure, "GENERATE", ("./generate_config.sh", "--dev"))
    monkeypatch.setattr(mailcow_engine, "volume_path", lambda *_: None)
    return folder


def job(place: Path, **values: str) -> dict[str, Any]:
    wanted = {"DBPASS": "from-vault", "API_KEY": "k", **values}
    return {
        "directory": str(place),
        "tag": "2026-07a",
        "hostname": "mail.example.org",
        "timezone": "Etc/UTC",
        "antivirus": False,
        "values": wanted,
    }


def test_the_file_is_generated_and_its_secrets_replaced(place: Path) -> None:
    mailcow_configure.run(job(place))
    assert mailcow_conf.read(str(place)) == {
        "MAILCOW_HOSTNAME": "mail.example.org",
        "DBPASS": "from-vault",
        "API_KEY": "k",
        "TZ": "Etc/UTC",
        "LAST": "1",
    }
    assert stat.S_IMODE((place / "mailcow.conf").stat().st_mode) == 0o600
    assert (place / ".env").readlink() == Path("mailcow.conf")


def test_no_secret_is_in_the_environment_of_the_script(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "of-the-caller")
    mailcow_configure.run(job(place))
    told = (place / "environment").read_text()
    assert "from-vault" not in told
    assert "of-the-caller" not in told
    assert "COMPOSE_VERSION=native" in told
    assert "SKIP_CLAMD=y" in told


def test_a_file_that_is_there_is_never_generated_again(place: Path) -> None:
    (place / "mailcow.conf").write_text("MAILCOW_HOSTNAME=mail.example.org\nMINE=1\n")
    assert mailcow_configure.run(job(place)) == {"changed": ["API_KEY", "DBPASS"]}
    assert not (place / "environment").exists()
    assert mailcow_conf.read(str(place))["MINE"] == "1"


def test_a_file_that_a_killed_run_left_short_is_made_anew(place: Path) -> None:
    (place / "die").touch()
    with pytest.raises(Failed):
        mailcow_configure.run(job(place))
    assert "LAST" not in mailcow_conf.read(str(place))
    (place / "die").unlink()
    mailcow_configure.run(job(place))
    assert mailcow_conf.read(str(place))["LAST"] == "1"


def test_with_a_database_no_new_file_is_made(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailcow_engine, "volume_path", lambda *_: "/somewhere")
    with pytest.raises(Failed, match=r"put back mailcow\.conf from a backup"):
        mailcow_configure.run(job(place))
    assert not (place / "mailcow.conf").exists()


def test_a_value_that_the_file_cannot_hold_changes_nothing(place: Path) -> None:
    mailcow_configure.run(job(place))
    before = (place / "mailcow.conf").read_text()
    with pytest.raises(Failed, match="TZ may hold"):
        mailcow_configure.run(job(place, TZ="a b"))
    assert (place / "mailcow.conf").read_text() == before
