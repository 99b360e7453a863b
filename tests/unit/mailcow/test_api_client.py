"""The client of Mailcow's API, against answers as Mailcow gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sams.remote.errors import Failed
from sams.remote.mailcow_api import Api, Refused, Unavailable, parse, rows
from tests.unit.mailcow.fake_api import served


def client(port: int) -> Api:
    return Api("mail.example.org", port, "KEY-1")


def test_a_list_of_entries_an_object_and_nothing_are_all_understood() -> None:
    danger = (
        '[{"type":"success","log":[],"msg":["rl_saved","a@b.example"]},{"type":"danger","log":[],"msg":["object_exists","a@b.example"]}]'
    )
    assert parse(danger).problems == ["object_exists a@b.example"]
    assert parse('{"type":"error","msg":"Cannot add item"}').problems == ["Cannot add item"]
    assert parse('{"type":"success","msg":"Task completed"}').problems == []
    assert parse(" \n").empty


def test_an_empty_list_comes_as_an_object() -> None:
    assert rows(parse("{}")) == []
    assert rows(parse('[{"username":"a"}]')) == [{"username": "a"}]


def test_a_crash_is_not_an_empty_list() -> None:
    with pytest.raises(Unavailable, match="expected a list, seen nothing"):
        rows(parse(""))


def test_a_page_of_a_broken_server_is_no_answer() -> None:
    with pytest.raises(Unavailable, match="expected JSON, seen '<html>"):
        parse("<html>Connection to mysql failed</html>")


def test_calls_share_a_connection_and_never_send_a_cookie(tmp_path: Path) -> None:
    with served(tmp_path, lambda *_: (200, '{"version":"2026-07a"}')) as seen:
        api = client(seen.port)
        for _ in range(3):
            assert api.get("status/version").value == {"version": "2026-07a"}
        api.close()
    assert len(seen.connections) == 1
    assert all("Cookie" not in headers for headers in seen.headers)
    assert {headers["Host"] for headers in seen.headers} == {"mail.example.org"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_says_what_to_compare(tmp_path: Path, status: int) -> None:
    behaviour = (status, '{"type":"error","msg":"authentication failed"}')
    with (
        served(tmp_path, lambda *_: behaviour) as seen,
        client(seen.port) as api,
        pytest.raises(Refused, match="compare API_KEY and API_ALLOW_FROM"),
    ):
        api.get("domain/all")
    assert len(seen.requests) == 1


@pytest.mark.parametrize("status", [500, 502])
def test_a_broken_server_is_unavailable(tmp_path: Path, status: int) -> None:
    with (
        served(tmp_path, lambda *_: (status, "<html>Bad gateway</html>")) as seen,
        client(seen.port) as api,
        pytest.raises(Unavailable, match=f"seen {status}"),
    ):
        api.get("status/version")


def test_a_reader_tries_again_when_the_kept_connection_was_closed(tmp_path: Path) -> None:
    with served(tmp_path, lambda *_: (200, "{}")) as seen:
        api = client(seen.port)
        api.get("domain/all")
        assert api.connection is not None
        assert api.connection.sock is not None
        api.connection.sock.close()
        assert api.get("domain/all").value == {}
        api.close()


def test_nobody_listening_is_unavailable_and_names_the_port() -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
        client(1).get("status/version")


def test_the_key_comes_from_mailcows_own_file(tmp_path: Path) -> None:
    (tmp_path / "mailcow.conf").write_text("MAILCOW_HOSTNAME=mail.example.org\nHTTPS_PORT=8443\nAPI_KEY=abc\n")
    api = Api.of(str(tmp_path))
    assert (api.host, api.port, api.key) == ("mail.example.org", 8443, "abc")


def test_without_a_key_the_next_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"expected API_KEY, seen none; next: pyinfra"):
        Api.of(str(tmp_path))
