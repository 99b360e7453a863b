"""The question that Dovecot asks for every login: is this the password of this mailbox, for this protocol?

Upstream's Dovecot posts it to the web interface, so an outage of the database makes right passwords look wrong there.
"""

from __future__ import annotations

import json
from typing import Any

from .answers import Answer
from .call import Call
from .loose import mapping, text
from .passwords import matches
from .requests import Request

_PROTOCOLS = ("imap", "pop3", "smtp", "sieve", "eas", "dav")


def answer(call: Call, request: Request) -> Answer:
    """``{"username", "password", "service", "real_rip"}`` -> 200 or 401, ``{"success": true | false}``."""
    asked = mapping(request.body)
    success = _accepted(call, asked)
    if success:
        _remember(call, asked)
    return Answer(200 if success else 401, json.dumps({"success": success}))


def _accepted(call: Call, asked: dict[str, Any]) -> bool:
    user, password, service = (text(asked.get(name)) for name in ("username", "password", "service"))
    if service not in _PROTOCOLS:
        return False
    row = call.database.row(
        "SELECT m.password, JSON_VALUE(m.attributes, %s) AS allowed FROM mailbox m JOIN domain d ON d.domain = m.domain"
        " WHERE m.username = %s AND m.active = '1' AND d.active = '1' AND m.kind = ''",
        f"$.{service}_access",
        user,
    )
    if row is None:
        return False
    return (row["allowed"] == "1" and matches(row["password"], password)) or _app_password(call, user, password, service)


def _app_password(call: Call, user: str, password: str, service: str) -> bool:
    stored = call.database.column(f"SELECT password FROM app_passwd WHERE mailbox = %s AND active = '1' AND `{service}_access` = '1'", user)
    return any(matches(secret, password) for secret in stored)


def _remember(call: Call, asked: dict[str, Any]) -> None:
    call.database.run(
        "REPLACE INTO sasl_log (service, app_password, username, real_rip) VALUES (%s, NULL, %s, %s)",
        asked["service"],
        asked["username"],
        text(asked.get("real_rip")),
    )
