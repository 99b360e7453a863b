"""Addresses that a mailbox gets for a while; the server invents them."""

from __future__ import annotations

import secrets
import time
from typing import Any

from .call import Call
from .database import Row
from .errors import Refused
from .loose import each, empty, escaped, given, integer, numeric, text
from .mailbox_view import details
from .names import is_address
from .requests import Request

_HOURS = 87600
_TRUE = ("1", "true", "on", "yes")


def add(call: Call, data: Row) -> None:
    """``add/time_limited_alias``; the address made is not told."""
    say = call.report("mailbox", "add", "time_limited_alias", data, None)
    with say.refusals():
        address = data.get("username")
        now = details(call, address) if is_address(address) else None
        if now is None:
            raise Refused("access_denied")
        hours = data["validity"] if given(data, "validity") else 8760
        if not numeric(hours) or not 1 <= integer(hours) <= _HOURS:
            raise Refused("validity_missing")
        if data.get("domain") not in [now["domain"], *_alias_domains(call, now["domain"])]:
            raise Refused("domain_invalid")
        row = {
            "address": f"{_word()}.{_word()}@{data['domain']}",
            "description": text(data.get("description")),
            "goto": address,
            "validity": int(time.time()) + integer(hours) * 3600,
            "permanent": int(text(data.get("permanent")).lower() in _TRUE),
        }
        call.database.insert("spamalias", row)
        say.success("mailbox_modified", address)


def _alias_domains(call: Call, domain: str) -> list[str]:
    return call.database.column("SELECT alias_domain FROM alias_domain WHERE target_domain = %s", domain)


def _word() -> str:
    pairs = [secrets.choice("bcdfghjklmnprstvwxyz") + secrets.choice("aeiou") for _ in range(2 + secrets.randbelow(3))]
    return "".join(pairs)


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/time_limited_alias``: hours from now, or for good."""
    data = {"address": items, **attributes}
    say = call.report("mailbox", "edit", "time_limited_alias", data, None)

    def edit_one(address: Any) -> None:
        _owner(call, address)
        if empty(data.get("validity")) and empty(data.get("permanent")):
            return
        permanent = int(text(data.get("permanent")).lower() in _TRUE)
        validity = 0 if permanent else int(time.time()) + integer(data.get("validity")) * 3600
        call.database.update("spamalias", {"validity": validity, "permanent": permanent}, "address", address)
        say.success("mailbox_modified", "")

    say.for_each(each(data["address"]), edit_one)


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/time_limited_alias`` by address."""
    say = call.report("mailbox", "delete", "time_limited_alias", {"address": items}, None)

    def delete_one(address: Any) -> None:
        owner = _owner(call, address)
        call.database.delete("spamalias", "address", address)
        say.success("mailbox_modified", escaped(owner))

    say.for_each(each(items), delete_one)


def _owner(call: Call, address: Any) -> str:
    owner = call.database.value("SELECT goto FROM spamalias WHERE address = %s", address)
    if not call.knows_mailbox(owner):
        raise Refused("access_denied")
    return str(owner)


def read(call: Call, request: Request) -> Any:
    """``get/time_limited_aliases/<mailbox>``."""
    return call.database.rows(
        "SELECT address, goto, description, validity, created, modified, permanent FROM spamalias"
        " WHERE goto = %s AND (validity >= %s OR permanent != 0)",
        request.part(2),
        int(time.time()),
    )
