"""Editing aliases."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from . import alias
from .alias_view import details
from .call import Call, Report
from .database import Row
from .errors import Refused, Stopped
from .loose import each, escaped, filled, given, number, text, words
from .names import is_address, split_address


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/alias`` by id or address."""
    data = {"id": items, **attributes}
    say = call.report("mailbox", "edit", "alias", data, None)
    # Upstream names the alias edited before when an id is missing, for its variable is still set.
    before: list[str | None] = [None]

    def edit_one(item: Any) -> None:
        now = details(call, item)
        if now is None:
            raise Refused("alias_invalid", before[0])
        before[0] = wanted = text(filled(data, "address", now["address"]))
        if data.get("expand_alias") in (True, 1, "1"):
            _expand(say, wanted)
        else:
            before[0] = _edit(say, data, now, wanted)

    say.for_each(each(data["id"]), edit_one)


def _edit(say: Report, data: Row, now: Row, wanted: str) -> str:
    local_part, domain = split_address(wanted)
    address = f"{local_part}@{domain}" if wanted != now["address"] else wanted
    if address != now["address"]:
        _check_moved(say.call, address, now)
    goto = alias.special_goto(data) or ",".join(_good_gotos(say, text(filled(data, "goto", now["goto"])), address))
    if goto:
        comments = {name: data[name] if given(data, name) else now[name] for name in ("public_comment", "private_comment")}
        flags = {flag: number(data, flag, now[flag]) for flag in alias.FLAGS}
        row = {"address": address, **comments, "domain": domain, "goto": goto, **flags}
        say.call.database.update("alias", row, "id", now["id"])
    say.success("alias_modified", escaped(address))
    return address


def _check_moved(call: Call, address: str, now: Row) -> None:
    local_part, domain = split_address(address)
    if not call.knows_domain(domain):
        raise Refused("access_denied")
    if not is_address(address) and local_part:
        raise Refused("alias_invalid", address)
    alias.check_address(call, address, own=now["address"])


def _good_gotos(say: Report, listed: str, address: str) -> list[str]:
    kept = []
    for goto in filter(None, words(listed)):
        if not is_address(goto):
            say.add("danger", "goto_invalid", goto)
        elif goto == address:
            say.add("danger", "alias_goto_identical")
        else:
            say.call.database.run("DELETE FROM sender_acl WHERE logged_in_as = %s AND send_as = %s", goto, address)
            kept.append(goto)
    return list(dict.fromkeys(kept))


def _expand(say: Report, address: str) -> None:
    """Make the same alias in every alias domain of its domain that lacks it."""
    database = say.call.database
    primary = database.row(
        "SELECT goto, domain FROM alias WHERE address = %s AND domain NOT IN (SELECT alias_domain FROM alias_domain)",
        address,
    )
    if primary is None:
        raise Refused("is_not_primary_alias", escaped(address), kind="warning")
    local_part = address.partition("@")[0]
    names = database.column(
        "SELECT CONCAT(%s, '@', alias_domain) FROM alias_domain WHERE target_domain = %s AND CONCAT(%s, '@', alias_domain)"
        " NOT IN (SELECT address FROM alias WHERE address != goto) ORDER BY alias_domain",
        local_part,
        primary["domain"],
        local_part,
    )
    if names:
        made = {"address": ",".join(names), "goto": primary["goto"], "sogo_visible": 1, "active": 1}
        with suppress(Stopped):  # a limit stops the new aliases, not the edit
            alias.add(say.call, made)
    say.success("alias_modified", escaped(address))
