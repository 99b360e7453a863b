"""Many changes through the API: each read back, none stops another, a refused key stops all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sams.remote import exclusive, mailcow_apply
from sams.remote.errors import Failed
from tests.unit.mailcow.fake_api import Served, served

SUCCESS = '[{"type":"success","log":[],"msg":["mailbox_added","x"]}]'


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exclusive, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(mailcow_apply, "PAUSE_SECONDS", 0)


def step(address: str, **expected: Any) -> dict[str, Any]:
    """Make a mailbox."""
    domain = address.rpartition("@")[2]
    wanted = {"username": address, **expected}
    body = {"local_part": address.partition("@")[0], "domain": domain, "password": "sesame"}
    return {"item": address, "domain": domain, "call": "add/mailbox", "body": body, "read": f"mailbox/{address}", "expected": wanted}


def carried_out(
    folder: Path, steps: list[dict[str, Any]], behaviour: Callable[[str, str, Any], tuple[int, str]]
) -> tuple[dict[str, Any] | str, Served]:
    """The answer, or the error's text, and what the server saw."""
    with served(folder, behaviour) as seen:
        (folder / "mailcow.conf").write_text(f"MAILCOW_HOSTNAME=mail.example.org\nHTTPS_PORT={seen.port}\nAPI_KEY=abc\n")
        try:
            return mailcow_apply.run({"directory": str(folder), "steps": steps}), seen
        except Failed as failure:
            return str(failure), seen


def mailcow(rows: dict[str, dict[str, Any]], **answers: tuple[int, str]) -> Callable[[str, str, Any], tuple[int, str]]:
    """A Mailcow that keeps mailboxes; ``answers`` replace that of an add, by local part."""

    def behaviour(method: str, path: str, body: Any) -> tuple[int, str]:
        if method == "GET":
            return 200, json.dumps(rows.get(path.partition("/")[2].partition("/")[2], {}))
        address = f"{body['local_part']}@{body['domain']}"
        status, text = answers.get(body["local_part"], (200, SUCCESS))
        if "danger" not in text and status == 200:
            rows.setdefault(address, {"username": address, "quota": 5})
        return status, text

    return behaviour


def test_every_item_that_is_read_back_as_asked_for_is_done(tmp_path: Path) -> None:
    answer, _ = carried_out(tmp_path, [step("a@x.example", quota=5), step("b@y.example", quota="5")], mailcow({}))
    assert answer == {"done": ["a@x.example", "b@y.example"]}


def test_a_bad_item_is_named_and_does_not_stop_the_others(tmp_path: Path) -> None:
    rows: dict[str, dict[str, Any]] = {}
    refusal = (200, '[{"type":"danger","log":[{"password":"sesame"}],"msg":["mailbox_quota_left_exceeded",7]}]')
    steps = [step("a@x.example"), step("bad@x.example"), step("c@x.example")]
    answer, _ = carried_out(tmp_path, steps, mailcow(rows, bad=refusal))
    assert isinstance(answer, str)
    assert "2 done, 1 failed" in answer
    assert "bad@x.example: mailbox_quota_left_exceeded 7" in answer
    assert sorted(rows) == ["a@x.example", "c@x.example"]
    assert "sesame" not in answer


def test_a_field_that_mailcow_dropped_silently_is_an_error_that_names_it(tmp_path: Path) -> None:
    answer, _ = carried_out(tmp_path, [step("a@x.example", quota=7)], mailcow({}))
    assert "a@x.example: quota: expected 7, seen 5" in str(answer)


def test_an_empty_answer_counts_by_what_is_read_back(tmp_path: Path) -> None:
    answer, seen = carried_out(tmp_path, [step("a@x.example")], mailcow({}, a=(200, "")))
    assert answer == {"done": ["a@x.example"]}
    assert len([one for one in seen.requests if one[0] == "POST"]) == 1


def test_a_server_error_is_tried_once_more_and_then_told(tmp_path: Path) -> None:
    answer, seen = carried_out(tmp_path, [step("a@x.example")], mailcow({}, a=(500, "<html>")))
    assert "a@x.example: Mailcow's API: expected status 200, seen 500; it is not there after the call" in str(answer)
    assert len([one for one in seen.requests if one[0] == "POST"]) == 2


def test_success_without_an_object_is_an_error(tmp_path: Path) -> None:
    answer, _ = carried_out(tmp_path, [step("a@x.example")], lambda method, *_: (200, SUCCESS if method == "POST" else "{}"))
    assert "a@x.example: it is not there after the call" in str(answer)


def test_a_refused_key_stops_everything_before_it_bans_this_host(tmp_path: Path) -> None:
    steps = [step(f"user{number}@x.example") for number in range(20)]
    answer, seen = carried_out(tmp_path, steps, lambda *_: (401, '{"type":"error","msg":"authentication failed"}'))
    assert len(seen.requests) == 1
    assert str(answer).count("not tried") == 19


def test_calls_for_one_domain_go_one_after_another(tmp_path: Path) -> None:
    steps = [step(f"user{number}@{domain}.example") for number in range(5) for domain in ("x", "y", "z")]
    _, seen = carried_out(tmp_path, steps, mailcow({}))
    for domain in ("x", "y", "z"):
        methods = [
            method
            for method, path, body in seen.requests
            if path.endswith(f"@{domain}.example") or (body or {}).get("domain") == f"{domain}.example"
        ]
        assert methods == ["POST", "GET"] * 5


def test_targets_of_an_alias_are_compared_as_a_set(tmp_path: Path) -> None:
    assert mailcow_apply.same(["a@x.example", "b@x.example"], "B@x.example,a@x.example")
    assert not mailcow_apply.same(["a@x.example"], "a@x.example,thief@y.example")
