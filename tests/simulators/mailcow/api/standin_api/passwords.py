"""Passwords: the policy, the check of a new one, hashes."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from typing import Any

import bcrypt

from .call import Call
from .loose import empty, integer, number, text

_RULES = ("length", "chars", "special_chars", "lowerupper", "numbers")
_DEFAULTS = {"length": "6", "chars": "0", "special_chars": "0", "lowerupper": "0", "numbers": "0"}
_HASHED = re.compile(
    r"\{(ARGON2I|ARGON2ID|BLF-CRYPT|CLEAR|CLEARTEXT|CRYPT|DES-CRYPT|LDAP-MD5|MD5|MD5-CRYPT|PBKDF2|PLAIN|PLAIN-MD4|"
    r"PLAIN-MD5|PLAIN-TRUNC|SHA|SHA1|SHA256|SHA256-CRYPT|SHA512|SHA512-CRYPT|SMD5|SSHA|SSHA256|SSHA512)\}",
    re.IGNORECASE,
)
_HTML = {
    "length": "Minimum password length is {}",
    "chars": "Must contain at least one alphabetic character",
    "special_chars": "Must contain special characters",
    "lowerupper": "Must contain lowercase and uppercase characters",
    "numbers": "Must contain at least one number",
}
# Upstream hashes at cost 10. At 5 a thousand mailboxes take seconds, and Dovecot cannot tell the difference.
_COST = 5


def policy(call: Call) -> dict[str, str | None]:
    """``get/passwordpolicy``: every rule as a text."""
    return dict(zip(_RULES, call.redis.hmget("PASSWD_POLICY", _RULES), strict=True))


def policy_html(call: Call) -> str:
    """``get/passwordpolicy/html``."""
    lines = [_HTML[name].format(value) for name, value in policy(call).items() if not empty(value)]
    return '<p class="help-block small">- ' + "<br>- ".join(lines) + "</p>"


def set_default_policy(redis: Any) -> None:
    """Write the policy of a fresh server unless there is one."""
    if redis.hget("PASSWD_POLICY", "length") is None:
        redis.hset("PASSWD_POLICY", mapping=_DEFAULTS)


def edit_policy(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """``edit/passwordpolicy``; a length below 3 is ignored."""
    now = policy(call)
    wanted: dict[str, Any] = {name: number(attributes, name, now[name]) for name in _RULES}
    if wanted["length"] < 3:
        wanted["length"] = now["length"]
    call.redis.hset("PASSWD_POLICY", mapping=wanted)
    call.report("password_complexity", "edit", attributes).success("password_policy_saved")


def accepted(call: Call, first: Any, second: Any) -> bool:
    """True for a password given twice that keeps to the policy; otherwise the reason is told."""
    problem = _problem(call, first, second)
    if problem:
        call.report("password_check", None, None).add("danger", problem)
    return not problem


def _problem(call: Call, first: Any, second: Any) -> str:
    if empty(first) or empty(second):
        return "password_complexity"
    if first != second:
        return "password_mismatch"
    return "" if _keeps(policy(call), text(first)) else "password_complexity"


def _keeps(rules: dict[str, str | None], password: str) -> bool:
    tests = {
        "special_chars": re.search(r"[^a-zA-Z\d]", password),
        "chars": re.search(r"[a-zA-Z]", password),
        "numbers": re.search(r"\d", password),
        "lowerupper": re.search(r"[a-z]", password) and re.search(r"[A-Z]", password),
    }
    long_enough = len(password.encode()) >= integer(rules["length"])
    return long_enough and all(found or rules[name] != "1" for name, found in tests.items())


def hashed(password: Any) -> str:
    """Hash as Dovecot reads it; one that is hashed already stays as it is."""
    plain = text(password)
    if _HASHED.match(plain):
        return plain
    secret = bcrypt.hashpw(plain.encode()[:72], bcrypt.gensalt(_COST))
    return "{BLF-CRYPT}" + secret.decode().replace("$2b$", "$2y$", 1)


def matches(stored: str, password: str) -> bool:
    """True when ``password`` is the one behind a stored hash of the kinds that the stand-in meets."""
    scheme, _, rest = stored.removeprefix("{").partition("}")
    if scheme == "BLF-CRYPT":
        return bcrypt.checkpw(password.encode()[:72], rest.replace("$2y$", "$2b$", 1).encode())
    if scheme in ("SSHA256", "SSHA512"):
        return _matches_salted(scheme.removeprefix("S").lower(), rest, password)
    return scheme in ("PLAIN", "CLEAR", "CLEARTEXT") and rest == password


def _matches_salted(algorithm: str, encoded: str, password: str) -> bool:
    raw = b64decode(encoded)
    size = hashlib.new(algorithm).digest_size
    return hashlib.new(algorithm, password.encode() + raw[size:]).digest() == raw[:size]
