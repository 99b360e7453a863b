"""Compares an answer with a recorded one: status, kind, shape, message keys, types and units.

What cannot be the same twice is compared by rule: times by their form, identifiers by being used consistently, invented values
(keys, hashes, tokens, addresses) by their form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_EPOCH = 1_000_000_000
_RULED_KEYS: dict[str, re.Pattern[str]] = {
    "pubkey": re.compile(r"MII?[A-Za-z0-9+/=]+"),
    "dkim_txt": re.compile(r"v=DKIM1;k=rsa;t=s;s=email;p=MII?[A-Za-z0-9+/=]+"),
    "token": re.compile(r"[0-9A-F]{6}(-[0-9A-F]{6}){4}"),
    "banlist_id": re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"),
    "banned_until": re.compile(r"\d\dh \d\dm \d\ds"),
}
#: Measurements of the machine: only their types are compared.
_MEASURED = {"cpu", "memory", "uptime", "system_time", "architecture", "used", "total", "used_percent", "disk", "read",
             "cpu_stats", "memory_stats", "state", "started_at", "image"}  # fmt: skip


class Identifiers:
    """Pairs of recorded and real identifiers; each belongs to one other."""

    def __init__(self) -> None:
        self.real: dict[str, str] = {}

    def agree(self, recorded: Any, real: Any) -> bool:
        """True when the two are of one type and have been a pair so far; new ones become one."""
        if type(recorded) is not type(real):
            return False
        known = self.real.setdefault(str(recorded), str(real))
        return known == str(real) and list(self.real.values()).count(str(real)) == 1


def differences(recorded: dict[str, Any], status: int, content_type: str, text: str, ids: Identifiers) -> list[str]:
    """What differs between a recorded response and a real one, in words; nothing when they agree."""
    found = []
    if recorded["status"] != status:
        found.append(f"status {status}, recorded {recorded['status']}")
    if recorded.get("headers", {}).get("Content-Type", content_type) != content_type:
        found.append(f"type {content_type}, recorded {recorded['headers']['Content-Type']}")
    return found + list(_bodies(recorded, text, ids))


def _bodies(recorded: dict[str, Any], text: str, ids: Identifiers) -> Iterator[str]:
    if "body" not in recorded:
        if recorded.get("body_text", "") != text:
            yield f"text {text[:200]!r}, recorded {recorded.get('body_text', '')!r}"
        return
    expected = recorded["body"]
    try:
        real = json.loads(text)
    except ValueError:
        yield f"no JSON: {text[:200]!r}"
        return
    if "body_trimmed_from" in recorded:
        yield from _trimmed(expected, real, recorded["body_trimmed_from"], ids)
    else:
        yield from _values("", expected, real, ids)


def _trimmed(expected: Any, real: Any, size: int, ids: Identifiers) -> Iterator[str]:
    """A list that was cut when it was recorded: its full length and its beginning are compared."""
    if isinstance(expected, dict):
        yield from _values("", {**expected, "data": []}, {**real, "data": []}, ids)
        expected, real = expected["data"], real["data"]
    if len(real) != size:
        yield f"{len(real)} objects, recorded {size}"
    yield from _values("", expected, real[: len(expected)], ids)


def _values(place: str, expected: Any, real: Any, ids: Identifiers, key: str = "") -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(real, dict):
        yield from _objects(place, expected, real, ids)
    elif isinstance(expected, list) and isinstance(real, list):
        yield from _lists(place, expected, real, ids)
    elif not _same(key, expected, real, ids):
        yield f"{place or 'body'}: {json.dumps(real)[:300]}, recorded {json.dumps(expected)[:300]}"


def _objects(place: str, expected: dict[str, Any], real: dict[str, Any], ids: Identifiers) -> Iterator[str]:
    missing, more = sorted(expected.keys() - real.keys()), sorted(real.keys() - expected.keys())
    if missing or more:
        yield f"{place or 'body'}: keys missing {missing}, too many {more}"
    for name in expected:
        if name in real and name in _MEASURED:
            yield from _types(f"{place}.{name}", expected[name], real[name])
        elif name in real:
            yield from _values(f"{place}.{name}", expected[name], real[name], ids, name)


def _lists(place: str, expected: list[Any], real: list[Any], ids: Identifiers) -> Iterator[str]:
    if len(expected) != len(real):
        yield f"{place or 'body'}: {len(real)} items {json.dumps(real)[:300]}, recorded {len(expected)}"
    is_alias_added = expected[:1] == ["alias_added"]
    for index, (one, other) in enumerate(zip(expected, real, strict=False)):
        key = "id" if is_alias_added and index == 2 else ""
        yield from _values(f"{place}[{index}]", one, other, ids, key)


def _same(key: str, expected: Any, real: Any, ids: Identifiers) -> bool:
    if key == "id":
        return ids.agree(expected, real)
    if key == "validity" and isinstance(expected, int) and expected > _EPOCH:
        return isinstance(real, int) and real > _EPOCH
    if key in _RULED_KEYS and len(str(expected)) > 10:
        return isinstance(real, str) and bool(_RULED_KEYS[key].fullmatch(real)) and _key_size(key, expected, real)
    if key == "private_key_file" and str(expected).startswith("<PEM"):
        return str(real).startswith("-----BEGIN")
    if key == "password" and str(expected).startswith("{BLF-CRYPT}"):
        return str(real).startswith("{BLF-CRYPT}$2y$")
    if isinstance(expected, str) and _TIME.fullmatch(expected):
        return isinstance(real, str) and bool(_TIME.fullmatch(real))
    if key == "address" and re.fullmatch(r"[a-z]+\.[a-z]+@one\.example", str(expected)):
        return re.fullmatch(r"[a-z]+\.[a-z]+@one\.example", str(real)) is not None
    return type(expected) is type(real) and bool(expected == real)


def _key_size(key: str, expected: str, real: str) -> bool:
    return key not in ("pubkey", "dkim_txt") or abs(len(expected) - len(real)) <= 4


def _types(place: str, expected: Any, real: Any) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(real, dict) and expected.keys() == real.keys():
        for name in expected:
            yield from _types(f"{place}.{name}", expected[name], real[name])
    elif type(expected) is not type(real) or isinstance(expected, dict):
        yield f"{place}: {json.dumps(real)[:100]}, recorded {json.dumps(expected)[:100]}"
