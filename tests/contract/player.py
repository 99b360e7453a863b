"""Plays recordings in the order in which they were taken, with what was done in between and is told in `order.json`."""

from __future__ import annotations

import functools
import gzip
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.compare import Identifiers, differences
from tests.contract.standin import KEYS, PORT, PORT_WITHOUT_DATABASE, PORT_WITHOUT_REDIS, Response, Standin

FOLDER = Path(__file__).parent / "recordings"
PRIVATE_KEY = "<PEM RSA private key>\n"
#: What stands in the recordings' place of a key.
_AUTHENTICATION = {"rw": KEYS["rw"], "ro": KEYS["ro"], "wrong-key": "no-such-key", "none": ""}
#: The recorded key held characters that are dropped before the look-up.
_ODD_KEY = "key with other characters in it (they are dropped before the look-up)"
_PORTS = {"database down: any call": PORT_WITHOUT_DATABASE, "Redis down: any call": PORT_WITHOUT_REDIS}


@dataclass(frozen=True)
class Played:
    """One recording against the stand-in; `differences` is empty when they agree."""

    family: str
    name: str
    differences: list[str]

    @property
    def title(self) -> str:
        """Family and name, as the list of known differences has them."""
        return f"{self.family}: {self.name}"


def families() -> dict[str, list[dict[str, Any]]]:
    """All recordings by family."""
    found = (json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json")))
    return {one["family"]: one["recordings"] for one in found}


def play(standin: Standin) -> Iterator[Played]:
    """Play everything in order."""
    recorded = families()
    ids = {family: Identifiers() for family in recorded}
    for step in json.loads((FOLDER.parent / "order.json").read_text()):
        if "play" in step:
            family = step["play"]
            for recording in recorded[family][step["from"] : step.get("to", step["from"]) + 1]:
                yield Played(family, recording["name"], _play_one(standin, recording, ids[family]))
        else:
            _prepare(standin, step)


def _prepare(standin: Standin, step: dict[str, Any]) -> None:
    """Do what was done by hand, or by calls that were not kept, when the recordings were taken."""
    if "fresh" in step:
        standin.fresh()
    if "sql" in step:
        standin.sql(step["sql"])
    if "redis" in step:
        standin.redis(*step["redis"])
    if "call" in step:
        answer = standin.post(step["call"], step["body"])
        assert '"type":"success"' in answer.text, f"{step}: {answer.text}"


def _play_one(standin: Standin, recording: dict[str, Any], ids: Identifiers) -> list[str]:
    if "steps" in recording:
        return _play_with_cookie(standin, recording["steps"], ids)
    if "observed" in recording:
        return _play_many(standin, recording["observed"])
    if "entries" in recording["response"]:
        return _play_large(standin, recording["request"], recording["response"])
    key = f"*{KEYS['rw'][:7]}_{KEYS['rw'][7:]} !" if recording["name"] == _ODD_KEY else None
    answer = send(standin, recording["request"], key, _PORTS.get(recording["name"], PORT))
    return _compared(recording["response"], answer, ids)


def _compared(recorded: dict[str, Any], answer: Response, ids: Identifiers) -> list[str]:
    text = answer.text if answer.headers.get("Content-Encoding") != "gzip" else _unpacked(answer)
    found = differences(recorded, answer.status, answer.headers.get("Content-Type", ""), text, ids)
    for name in ("Content-Encoding", "Access-Control-Allow-Origin"):
        expected = recorded.get("headers", {}).get(name)
        if answer.headers.get(name) != expected:
            found.append(f"{name} {answer.headers.get(name)}, recorded {expected}")
    return found


def _unpacked(answer: Response) -> str:
    assert b"version" in gzip.decompress(answer.body)
    return '<gzip of {"version":...}>'


def send(standin: Standin, request: dict[str, Any], key: str | None = None, port: int = PORT) -> Response:
    """Send a recorded request, with `key` instead of the one it names."""
    headers = {name: value.replace("<RW-KEY>", KEYS["rw"]) for name, value in request.get("headers", {}).items()}
    chosen = _AUTHENTICATION[request["auth"]] if key is None else key
    if chosen:
        headers["X-API-Key"] = chosen
    body = _body(request)
    if request.get("content_type"):
        headers["Content-Type"] = request["content_type"]
    return standin.request(request["method"], request["path"], body, headers, port)


def _body(request: dict[str, Any]) -> bytes | None:
    if "body_text" in request:
        return str(request["body_text"]).encode()
    if "body" not in request:
        return None
    body = request["body"]
    if isinstance(body, dict) and body.get("private_key_file") == PRIVATE_KEY:
        body = {**body, "private_key_file": _new_private_key()}
    return json.dumps(body).encode()


@functools.cache
def _new_private_key() -> str:
    made = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True)
    return made.stdout


def _play_with_cookie(standin: Standin, steps: list[dict[str, Any]], ids: Identifiers) -> list[str]:
    """Calls that hand on the cookie of the first one; the last has no key at all."""
    found: list[str] = []
    cookie = ""
    for step in steps:
        request = {**step["request"], "content_type": "application/json", "headers": {"Cookie": cookie} if cookie else {}}
        key = KEYS["rw"] if step["request"]["auth"].startswith("rw") else ""
        answer = send(standin, request, key)
        cookie = cookie or answer.headers["Set-Cookie"].partition(";")[0]
        found += _compared(step["response"], answer, ids)
    return found


def _play_large(standin: Standin, request: dict[str, Any], recorded: dict[str, Any]) -> list[str]:
    """An edit of 200 mailboxes, of whose answer only the first entry and the sizes were kept."""
    addresses = [f"u{number:04}@big.example" for number in range(recorded["entries"])]
    answer = send(standin, {**request, "body": {**request["body"], "items": addresses}, "content_type": "application/json"})
    entries = answer.json()
    whole = entries[0]["log"].pop()
    entries[0]["log"][-1:] = ["<whole request>"]
    alike = {
        "entries": len(entries) == recorded["entries"],
        "bytes": len(answer.body) == recorded["bytes"],
        "first_entry": whole is None and entries[0] == recorded["first_entry"],
    }
    return [f"{name} differ from {str(recorded[name])[:200]}" for name, same in alike.items() if not same]


def _play_many(standin: Standin, observed: dict[str, Any]) -> list[str]:
    """Fifteen calls with a wrong key, then many with the right one: none is slowed or refused for their number."""
    request = {"method": "GET", "path": "/api/v1/get/status/version", "auth": "rw"}
    wrong = [send(standin, request, "no-such-key").status for _ in range(observed["wrong_key_statuses"]["401"])]
    right = [send(standin, request).status for _ in range(1 + observed["fast_300"]["200"])]
    return [] if set(wrong) == {401} and set(right) == {200} else [f"statuses {set(wrong)}, {set(right)}"]
