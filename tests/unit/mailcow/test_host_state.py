"""What a host tells of itself, understood: memory limits, listeners, containers, mail keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sams.remote import mailcow_compose, mailcow_engine, mailcow_reach, mailcow_resources, mailcow_stack
from sams.remote.mailcow_compose import HASH, Wanted, difference
from sams.remote.mailcow_listeners import parse

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0
   1: 0100007F:3202 0100007F:0019 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000 20 4 30 10 -1
"""


def test_only_listening_sockets_count() -> None:
    assert parse(TABLE) == [("4711", 25)]


def test_memory_is_told_in_bytes() -> None:
    assert mailcow_resources.machine_memory("MemTotal:        2048 kB\nMemFree: 1 kB\n") == 2 * 2**20


@pytest.mark.parametrize(
    ("membership", "path"),
    [
        ("0::/docker/abc/init.scope\n", "docker/abc/memory.max"),
        ("4:cpu:/x\n7:memory:/docker/abc\n0::/\n", "memory/docker/abc/memory.limit_in_bytes"),
        ("0::/docker/abc\n", "unified/docker/memory.max"),
        ("0::/\n", "memory.max"),
    ],
)
def test_the_limit_of_any_surrounding_control_group_is_found(tmp_path: Path, membership: str, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("1048576\n")
    assert list(mailcow_resources.limits(membership, tmp_path)) == [1048576]


def test_no_limit_is_no_number(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    assert list(mailcow_resources.limits("0::/\n", tmp_path)) == []


def test_places_to_connect_to_are_understood() -> None:
    assert mailcow_reach.split("mx.example.net:2525", 25) == ("mx.example.net", 2525)
    assert mailcow_reach.split("mx.example.net", 25) == ("mx.example.net", 25)
    assert mailcow_reach.split("[2001:db8::1]:53", 53) == ("2001:db8::1", 53)


def test_a_refused_connection_is_a_reason() -> None:
    assert "refused" in mailcow_reach.connection("127.0.0.1:1")


def container(**changes: Any) -> dict[str, Any]:
    state = {
        "State": {"Running": True, "Status": "running"},
        "Image": "sha256:1",
        "Config": {"Labels": {HASH: "h1"}},
        "NetworkSettings": {"Ports": {"25/tcp": [{"HostIp": "0.0.0.0", "HostPort": "25"}], "589/tcp": None}},
    }
    return {**state, **changes}


WANTED = Wanted("postfix:1", "h1", frozenset({25}))


@pytest.mark.parametrize(
    ("found", "image", "known", "reason"),
    [
        (container(), "sha256:1", {}, ""),
        (container(Config={"Labels": {HASH: "h9"}}), "sha256:1", {"h1": "h9"}, ""),
        (container(Config={"Labels": {HASH: "h9"}}), "sha256:1", {"h0": "h9"}, "configuration differs"),
        (None, "sha256:1", {}, "no container"),
        (container(State={"Running": False, "Status": "exited"}), "sha256:1", {}, "container is exited"),
        (container(), None, {}, "image postfix:1 is not on this host"),
        (container(), "sha256:2", {}, "container runs an older postfix:1"),
        (container(NetworkSettings={"Ports": {}}), "sha256:1", {}, "port 25 is not published"),
    ],
)
def test_why_a_container_needs_an_up(found: dict[str, Any] | None, image: str | None, known: dict[str, str], reason: str) -> None:
    assert difference(WANTED, found, image, known) == reason


@pytest.fixture
def volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Volumes of Mailcow as folders; one that is not made does not exist."""

    def path(name: str, project: str = "") -> str | None:
        return str(tmp_path / name) if (tmp_path / name).exists() else None

    monkeypatch.setattr(mailcow_engine, "volume_path", path)
    return tmp_path


def message(volumes: Path) -> None:
    folder = volumes / "vmail-vol-1" / "example.org" / "office" / "Maildir" / "new"
    folder.mkdir(parents=True)
    (folder / "1.mail").touch()


def keys(volumes: Path, **contents: str) -> None:
    (volumes / "crypt-vol-1").mkdir()
    for name, text in contents.items():
        (volumes / "crypt-vol-1" / f"{name}.pem").write_text(text)


def test_mail_with_its_keys_may_start(volumes: Path) -> None:
    message(volumes)
    keys(volumes, ecprivkey="k", ecpubkey="k")
    assert mailcow_stack.lost_keys() == ""


def test_a_fresh_host_may_start(volumes: Path) -> None:
    assert mailcow_stack.lost_keys() == ""
    (volumes / "vmail-vol-1" / "sieve").mkdir(parents=True)
    (volumes / "vmail-vol-1" / "sieve" / "global_sieve_before.sieve").touch()
    assert mailcow_stack.lost_keys() == ""


@pytest.mark.parametrize("contents", [None, {}, {"ecprivkey": "k"}, {"ecprivkey": "k", "ecpubkey": ""}])
def test_mail_without_its_keys_may_not_start(volumes: Path, contents: dict[str, str] | None) -> None:
    message(volumes)
    if contents is not None:
        keys(volumes, **contents)
    why = mailcow_stack.lost_keys()
    assert "ecpubkey.pem" in why
    assert "restore crypt-vol-1" in why


def test_ports_are_read_from_composes_own_description() -> None:
    assert mailcow_compose.published({"ports": [{"published": "25", "target": 25}, {"target": 80}]}) == {25}


def test_a_file_written_after_the_start_is_not_in_force(tmp_path: Path) -> None:
    extra = tmp_path / "extra.conf"
    extra.write_text("a = b\n")
    found = {"dovecot-mailcow": container(State={"StartedAt": "2026-11-22T12:00:00.123456789Z"})}
    start = mailcow_stack.started_at(found["dovecot-mailcow"])
    job = {"read": {"dovecot-mailcow": [str(extra)], "absent-mailcow": [str(extra)]}}
    os.utime(extra, (start - 1, start - 1))
    assert mailcow_stack.stale(job, found) == []
    os.utime(extra, (start + 1, start + 1))
    assert mailcow_stack.stale(job, found) == ["dovecot-mailcow"]


def test_a_copied_file_counts_by_its_copy(tmp_path: Path) -> None:
    extra, main = tmp_path / "extra.cf", tmp_path / "main.cf"
    extra.write_text("myhostname = a\nx = 1\n")
    job = {"copied": {"postfix-mailcow": [str(extra), str(main)]}}
    found = {"postfix-mailcow": container()}
    assert mailcow_stack.stale(job, found) == ["postfix-mailcow"]
    main.write_text("y = 2\n# User Overrides\nmyhostname = a\nx = 1\n")
    assert mailcow_stack.stale(job, found) == []
    extra.write_text("myhostname = a\nx = 3\n")
    assert mailcow_stack.stale(job, found) == ["postfix-mailcow"]
