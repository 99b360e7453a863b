"""Alias domains."""

from __future__ import annotations

from typing import Any

from . import ratelimit
from .call import Call, Report
from .database import Row
from .domain import sign
from .domain_view import details as domain_details
from .errors import Crash, Refused
from .loose import cast_list, each, escaped, filled, integer, number, trimmed, words
from .names import a_label, is_domain
from .requests import Request

_SELECT = """SELECT x.alias_domain, x.target_domain, x.active, x.created, x.modified, d.backupmx
  FROM alias_domain x LEFT JOIN domain d ON d.domain = x.target_domain"""


def add(call: Call, data: Row) -> None:
    """``add/alias-domain``: several names in one text; one that is no name kills the call."""
    say = call.report("mailbox", "add", "alias_domain", data, None)
    names = [name for name in words(data.get("alias_domain")) if name]
    target = a_label(trimmed(data.get("target_domain")))
    with say.refusals():
        if not is_domain(target):
            raise Refused("target_domain_invalid")
        if not call.knows_domain(target):
            raise Refused("access_denied")
        say.for_each(names, lambda name: _add_one(say, a_label(name), target, data))


def _add_one(say: Report, name: str, target: str, data: Row) -> None:
    call = say.call
    if not is_domain(name):
        raise Crash("undefined constant alias_domain")
    if name == target:
        raise Refused("aliasd_targetd_identical", escaped(target))
    row = call.database.row("SELECT backupmx FROM domain WHERE domain = %s", target)
    if row is None:
        raise Refused("targetd_not_found", escaped(target))
    if row["backupmx"] == 1:
        raise Refused("targetd_relay_domain", escaped(target))
    if call.knows_domain(name):
        raise Refused("alias_domain_invalid", name)
    active = integer(data.get("active"))
    call.database.insert("alias_domain", {"alias_domain": name, "target_domain": target, "active": active})
    call.redis.hset("DOMAIN_MAP", name, "1")
    if integer(data.get("rl_value")):
        limit = {"rl_value": data["rl_value"], "rl_frame": data.get("rl_frame"), "object": name}
        ratelimit.save(call, "domain", limit)
    sign(say, name, data.get("key_size"), data.get("dkim_selector"))
    say.success("aliasd_added", escaped(name))


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/alias-domain``."""
    data = {"alias_domain": items, **attributes}
    say = call.report("mailbox", "edit", "alias_domain", data, None)

    def edit_one(item: Any) -> None:
        name = a_label(trimmed(item))
        now = details(call, name)
        if now is None:
            raise Refused("alias_domain_invalid", escaped(name))
        target = a_label(trimmed(filled(data, "target_domain", now["target_domain"])))
        _check_target(call, target)
        row = {"target_domain": target, "active": number(data, "active", now["active"])}
        call.database.update("alias_domain", row, "alias_domain", name)
        say.success("aliasd_modified", escaped(name))

    say.for_each(cast_list(data["alias_domain"]), edit_one)


def _check_target(call: Call, target: str) -> None:
    if not is_domain(target):
        raise Refused("target_domain_invalid", escaped(target))
    if not call.knows_domain(target):
        raise Refused("access_denied")
    if domain_details(call, target) is None or details(call, target) is not None:
        raise Refused("target_domain_invalid", escaped(target))


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/alias-domain``; a missing one is ``access_denied``."""
    say = call.report("mailbox", "delete", "alias_domain", {"alias_domain": items}, None)

    def delete_one(name: Any) -> None:
        if not is_domain(name):
            raise Refused("domain_invalid")
        if call.database.row("SELECT 1 FROM alias_domain WHERE alias_domain = %s", name) is None:
            raise Refused("access_denied")
        for table, column in (("alias_domain", "alias_domain"), ("alias", "domain"), ("bcc_maps", "local_dest")):
            call.database.delete(table, column, name)
        call.database.run("DELETE FROM spamalias WHERE address LIKE %s", f"%@{name}")
        call.redis.hdel("DOMAIN_MAP", name)
        say.success("alias_domain_removed", escaped(name))

    say.for_each(each(items), delete_one)


def read(call: Call, request: Request) -> Any:
    """``get/alias-domain/all|<name>``."""
    if request.part(2) != "all":
        return details(call, request.part(2))
    return _shown(call, call.database.rows(f"{_SELECT} ORDER BY x.alias_domain"))


def details(call: Call, name: str) -> Row | None:
    """One alias domain."""
    return next(iter(_shown(call, call.database.rows(f"{_SELECT} WHERE x.alias_domain = %s", name))), None)


def _shown(call: Call, rows: list[Row]) -> list[Row]:
    limited = ratelimit.limits(call, [row["alias_domain"] for row in rows])
    return [
        {
            "alias_domain": row["alias_domain"],
            "parent_is_backupmx": row["backupmx"],
            "target_domain": row["target_domain"],
            "active": row["active"],
            "active_int": row["active"],
            "rl": limited[row["alias_domain"]],
            "created": row["created"],
            "modified": row["modified"],
        }
        for row in rows
    ]
