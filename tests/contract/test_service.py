"""What is not in the recordings: starting, keys, the administrator's login, logins for Dovecot, races, many mailboxes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.contract.standin import KEYS, PASSWORD, PORT_OF_LOGINS, Standin

VERSION = "/api/v1/get/status/version"


@pytest.fixture
def server(standin: Standin) -> Standin:
    """An empty server with one domain."""
    standin.fresh()
    answer = standin.post("add/domain", {"domain": "club.example", "mailboxes": 5000, "quota": 100000, "key_size": 0})
    assert "domain_added" in answer.text
    return standin


def add_mailbox(server: Standin, local_part: str, **more: object) -> str:
    """Add a mailbox; returns the answer's text."""
    body = {"local_part": local_part, "domain": "club.example", "password": PASSWORD, "password2": PASSWORD, "quota": 10}
    return server.post("add/mailbox", {**body, **more}).text


def may_log_in(server: Standin, address: str, password: str = PASSWORD, service: str = "imap") -> bool:
    """What Dovecot is told when it asks for a login."""
    asked = f'{{"username": "{address}", "password": "{password}", "service": "{service}", "real_rip": "203.0.113.9"}}'
    answer = server.request("POST", "/", asked.encode(), {"Content-Type": "application/json"}, PORT_OF_LOGINS)
    assert answer.status == (200 if answer.json()["success"] else 401)
    return bool(answer.json()["success"])


def administrator_logs_in(server: Standin, password: str) -> bool:
    """The web interface sends an administrator on to the dashboard, and shows the form again otherwise."""
    form = urlencode({"login_user": "admin", "pass_user": password}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = server.request("POST", "/admin", form, headers)
    assert answer.headers.get("Location") == ("/admin/dashboard" if answer.status == 302 else None)
    return answer.status == 302


def test_the_first_administrator_has_the_well_known_password_until_it_is_changed(server: Standin) -> None:
    """A deployment must be seen to have replaced it."""
    assert administrator_logs_in(server, "moohoo")
    changed = {"items": ["admin"], "attr": {"password": PASSWORD, "password2": PASSWORD}}
    assert "admin_modified" in server.post("edit/admin", changed).text
    assert not administrator_logs_in(server, "moohoo")
    assert administrator_logs_in(server, PASSWORD)
    server.restart()
    assert not administrator_logs_in(server, "moohoo")


def test_the_pages_carry_the_title_that_upstream_shows(server: Standin) -> None:
    """Tests of a deployment look for it."""
    for path in ("/", "/admin"):
        assert "<title>mailcow UI</title>" in server.request("GET", path).text


def test_each_start_replaces_the_keys_and_keeps_everything_else(server: Standin) -> None:
    """The old key dies at the next start with another one."""
    server.restart({"API_KEY": "new-key-1", "API_ALLOW_FROM": "0.0.0.0/0"})
    assert server.request("GET", VERSION, headers={"X-API-Key": KEYS["rw"]}).status == 401
    assert server.request("GET", VERSION, headers={"X-API-Key": "new-key-1"}).status == 200
    assert server.request("GET", "/api/v1/get/domain/club.example", headers={"X-API-Key": "new-key-1"}).json()
    assert server.sql("SELECT version FROM versions WHERE application = 'db_schema'").strip() == "19022026_1220"


@pytest.mark.parametrize("unset", ["", "invalid"])
def test_a_key_that_is_unset_is_not_made(standin: Standin, unset: str) -> None:
    """Both ways of saying none."""
    standin.fresh({"API_KEY": unset})
    assert standin.sql("SELECT access FROM api").split() == ["ro"]


def test_a_wrong_key_is_told_to_netfilter_and_a_missing_one_is_not(server: Standin) -> None:
    """Ten such lines ban a client."""
    heard: list[str] = []
    listener = threading.Thread(target=lambda: heard.append(server.run("timeout", "3", "bash", "-c", _LISTEN)))
    listener.start()
    time.sleep(1)
    server.request("GET", VERSION)
    server.request("GET", VERSION, headers={"X-API-Key": "wrong", "X-Real-IP": "198.51.100.20"})
    server.request("GET", VERSION, headers={"X-API-Key": KEYS["ro"], "X-Forwarded-For": "198.51.100.21"})
    listener.join()
    lines = [line for line in heard[0].splitlines() if "Invalid password" in line]
    assert lines == [f"mailcow UI: Invalid password for API_USER by 198.51.100.2{last}" for last in (0, 1)]


_LISTEN = 'timeout 2.5 redis-cli --no-auth-warning -a "$REDISPASS" subscribe F2B_CHANNEL || true'


def test_a_client_cannot_choose_its_address_by_a_header_of_its_own(server: Standin) -> None:
    """Only what private hops wrote is believed: the nearest public address counts."""
    forged = {"X-API-Key": KEYS["rw"], "X-Forwarded-For": "127.0.0.1, 198.51.100.30, 10.0.0.1"}
    assert server.request("GET", VERSION, headers=forged).json()["msg"] == "api access denied for ip 198.51.100.30"


def test_logins_follow_what_the_api_says(server: Standin) -> None:
    """Active, inactive, receiving only, protocols, domain, password."""
    cases: dict[str, dict[str, object]] = {
        "one": {},
        "off": {"active": 0},
        "receives": {"active": 2},
        "web": {"protocol_access": ["smtp"]},
    }
    for local_part, more in cases.items():
        assert "mailbox_added" in add_mailbox(server, local_part, **more)
    allowed = {name: may_log_in(server, f"{name}@club.example") for name in cases}
    assert allowed == {"one": True, "off": False, "receives": False, "web": False}
    assert may_log_in(server, "web@club.example", service="smtp")
    assert not may_log_in(server, "one@club.example", password="another")
    assert server.get("mailbox/one@club.example")["last_imap_login"] > 0
    server.post("edit/domain", {"items": ["club.example"], "attr": {"active": 0}})
    assert not may_log_in(server, "one@club.example")


def test_an_app_password_opens_only_its_protocols(server: Standin) -> None:
    """It works beside the mailbox's own."""
    add_mailbox(server, "one")
    made = {"username": "one@club.example", "app_name": "phone", "app_passwd": "of-the-Phone1", "app_passwd2": "of-the-Phone1"}
    server.post("add/app-passwd", {**made, "active": 1, "protocols": ["imap_access"]})
    assert may_log_in(server, "one@club.example", "of-the-Phone1")
    assert not may_log_in(server, "one@club.example", "of-the-Phone1", "smtp")


def test_a_password_hashed_by_the_caller_is_stored_as_it_is(server: Standin) -> None:
    """And works, by any hash that Dovecot knows and the stand-in meets."""
    add_mailbox(server, "one")
    stored = server.sql("SELECT password FROM mailbox").strip()
    assert stored.startswith("{BLF-CRYPT}$2y$")
    add_mailbox(server, "two", password=stored, password2=stored)
    assert server.sql("SELECT password FROM mailbox WHERE local_part = 'two'").strip() == stored
    assert may_log_in(server, "two@club.example")


def test_a_crash_keeps_what_was_done_before_it(server: Standin) -> None:
    """The domain is there, its key is not, the answer is empty."""
    answer = server.post("add/domain", {"domain": "half.example", "tags": ["x", "x"]})
    assert (answer.status, answer.text) == (200, "")
    assert server.get("domain/half.example")["tags"] == ["x"]
    assert server.get("dkim/half.example") == {}


def test_the_same_mailbox_eight_times_at_once_is_made_once(server: Standin) -> None:
    """The losers get the duplicate's message, or nothing."""
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: add_mailbox(server, "same"), range(8)))
    assert sum("mailbox_added" in text for text in texts) == 1
    assert all("object_exists" in text or "is_alias" in text or not text for text in texts if "mailbox_added" not in text)
    assert len(server.get("mailbox/all")) == 1


def test_a_route_that_the_stand_in_lacks_says_so(server: Standin) -> None:
    """Nobody can take it for an answer of Mailcow's."""
    answer = server.post("add/syncjob", {"username": "one@club.example"})
    assert answer.status == 501
    assert "not part of the stand-in" in answer.text


def test_three_hundred_mailboxes_are_made_in_reasonable_time(server: Standin) -> None:
    """A thousand must not take minutes: at most 0.1 s each, by four clients, on two busy cores."""
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda number: add_mailbox(server, f"m{number}", quota=1), range(300)))
    spent = time.monotonic() - began
    print(f"{spent / 300 * 1000:.0f} ms a mailbox")
    assert all("mailbox_added" in text for text in texts)
    assert spent < 30
    assert len(server.get("mailbox/reduced/club.example")) == 300
