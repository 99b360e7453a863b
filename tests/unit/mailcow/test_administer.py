"""Mailcow's ban settings are set, and on the disk before the run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sams.remote import exclusive, mailcow_admin, mailcow_administer, mailcow_conf, mailcow_engine
from sams.remote.errors import Failed
from tests.unit.mailcow.fake_api import served

PASSWORD = "password-of-redis"


CONF = {"REDISPASS": PASSWORD, "MAILCOW_HOSTNAME": "mail.example.test", "API_KEY": "key"}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """Programs that were run, with what they read."""
    programs: list[tuple[list[str], str]] = []

    def run(arguments: list[str], *, text: str, patience: int) -> str:
        programs.append((arguments, text))
        return "OK\nOK\n"

    monkeypatch.setattr(exclusive, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(mailcow_engine, "containers", lambda: {"redis-mailcow": {"Id": "redis"}})
    monkeypatch.setattr(mailcow_conf, "read", lambda _directory: CONF)
    monkeypatch.setattr(mailcow_administer, "run_program", run)
    return programs


def test_redis_is_asked_to_save_with_its_password_on_standard_input_alone(asked: list[tuple[list[str], str]]) -> None:
    mailcow_administer.save("/opt/mailcow")
    assert asked == [(["docker", "exec", "-i", "redis", "redis-cli"], f"AUTH {PASSWORD}\nSAVE\n")]


def test_a_redis_that_does_not_save_is_told_without_its_password(
    asked: list[tuple[list[str], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailcow_administer, "run_program", lambda *_, **__: "OK\nERR disk full\n")
    with pytest.raises(Failed, match="expected it to save") as refused:
        mailcow_administer.save("/opt/mailcow")
    assert PASSWORD not in str(refused.value)


def test_new_ban_settings_are_saved_and_those_that_are_there_cost_nothing(
    asked: list[tuple[list[str], str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"max_attempts": 10}

    def mailcow(method: str, path: str, body: Any) -> tuple[int, str]:
        if method == "POST":
            settings.update({key: int(value) for key, value in body["attr"].items()})
            return 200, '[{"type":"success","log":[],"msg":"f2b_modified"}]'
        return 200, json.dumps(settings)

    monkeypatch.setattr(mailcow_admin, "password_in_force", lambda _directory: mailcow_administer.digest("secret"))
    job = {"directory": "/opt/mailcow", "password": "secret", "bans": {"max_attempts": 20}}
    with served(tmp_path, mailcow) as web:
        monkeypatch.setattr(mailcow_conf, "read", lambda _directory: {**CONF, "HTTPS_PORT": str(web.port)})
        assert mailcow_administer.run(job) == {"did": ["ban settings"]}
        assert mailcow_administer.run(job) == {"did": []}
    assert [text for _, text in asked] == [f"AUTH {PASSWORD}\nSAVE\n"]
