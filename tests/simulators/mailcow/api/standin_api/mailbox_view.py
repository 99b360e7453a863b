"""Reading mailboxes."""

from __future__ import annotations

import json
import math
import time
from typing import Any

from . import tags
from .answers import Answer, found
from .call import Call
from .database import Row, marks
from .loose import integer
from .names import is_domain
from .ratelimit import limits
from .requests import Request
from .search import Column, search
from .templates import MIB, read_mailbox

_SELECT = """SELECT m.username, m.active, m.domain, m.name, m.local_part, m.quota, m.attributes, m.custom_attributes,
  m.created, m.modified, m.authsource, q.bytes, q.messages, d.backupmx, d.quota AS domain_quota, d.maxquota
  FROM mailbox m JOIN quota2 q ON q.username = m.username JOIN domain d ON d.domain = m.domain WHERE m.kind = ''"""
_LOGINS = ("imap", "smtp", "pop3", "sso")
_SEARCH = [
    Column(2, "m.username"),
    Column(3, "m.quota"),
    Column(4, "", "SELECT MAX(`datetime`) FROM sasl_log s WHERE s.service != 'SSO' AND s.username = m.username"),
    Column(5, "", "JSON_VALUE(m.attributes, '$.passwd_update')"),
    Column(6, "", "(SELECT SUM(bytes) FROM quota2 q WHERE q.username = m.username) / m.quota"),
    Column(7, "m.name"),
    Column(20, "", "SELECT SUM(messages) FROM quota2 q WHERE q.username = m.username"),
    Column(23, "(SELECT GROUP_CONCAT(tag_name) FROM tags_mailbox t WHERE t.username = m.username)"),
    Column(24, "m.active"),
]


def read(call: Call, request: Request) -> Any:
    """``get/mailbox/all|reduced[/<domains>][?tags=]``, ``get/mailbox/<address>``, ``get/mailbox/template/…``."""
    name, wanted = request.part(2), request.query.get("tags")
    if name == "template":
        return read_mailbox(call, request)
    if name in ("all", "reduced"):
        return _list(call, request.part(3), wanted, reduced=name == "reduced")
    if wanted:
        return _no_object(_tagged(call, name, wanted, reduced=False))
    return details(call, name)


def find(call: Call, body: dict[str, Any]) -> Row:
    """``search/mailbox``."""
    page = search(call, body, "mailbox m", "m.username", "m.kind = ''", _SEARCH)
    by_name = {row["username"]: row for row in _details(call, f"AND m.username IN ({marks(page.found)})", *page.found)}
    return page.answer([by_name[name] for name in page.found if name in by_name])


def details(call: Call, address: Any) -> Row | None:
    """One mailbox."""
    return next(iter(_details(call, "AND m.username = %s", address)), None)


def _list(call: Call, domains: str, wanted: str | None, reduced: bool) -> list[Row]:
    if not domains and not wanted:
        return _details(call, "ORDER BY m.domain, m.username", reduced=reduced)
    names = domains.split(",") if domains else call.database.column("SELECT domain FROM domain ORDER BY domain")
    found: list[Row] = []
    for name in names:
        found += _tagged(call, name, wanted, reduced) if wanted else _of_domain(call, name, reduced)
    return found


def _of_domain(call: Call, name: str, reduced: bool) -> list[Row]:
    """Mailboxes of a domain; of all domains when this one is not on the server."""
    if call.knows_domain(name) and is_domain(name):
        return _details(call, "AND m.domain = %s ORDER BY m.username", name, reduced=reduced)
    return _details(call, "ORDER BY m.username", reduced=reduced)


def _tagged(call: Call, name: str, wanted: str, reduced: bool) -> list[Row]:
    listed = wanted.split(",")
    condition = " OR ".join(["tag_name LIKE %s"] * len(listed))
    found = call.database.column(
        f"SELECT DISTINCT username FROM tags_mailbox WHERE username LIKE %s AND ({condition})",
        f"%{name}%",
        *(f"%{tag}%" for tag in listed),
    )
    return _details(call, f"AND m.username IN ({marks(found)}) ORDER BY m.username", *found, reduced=reduced)


def _no_object(rows: list[Row]) -> Answer:
    return found(rows, nothing="[]")


def _details(call: Call, condition: str, *arguments: Any, reduced: bool = False) -> list[Row]:
    rows = call.database.rows(f"{_SELECT} {condition}", *arguments)
    names = [row["username"] for row in rows]
    logins = _last_logins(call, names)
    shown = [_shown(row, logins.get(row["username"].lower(), {})) for row in rows]
    if not reduced:
        extras = _extras(call, rows)
        shown = [{**some, **more} for some, more in zip(shown, extras, strict=True)]
    tagged = tags.by_name(call, "tags_mailbox", "username", names)
    return [tags.with_tags(row, tagged, row["username"]) for row in shown]


def _shown(row: Row, logins: dict[str, int]) -> Row:
    percent = _percent(row)
    return {
        "username": row["username"],
        "active": row["active"],
        "active_int": row["active"],
        "domain": row["domain"],
        "name": row["name"],
        "local_part": row["local_part"],
        "quota": row["quota"],
        "messages": row["messages"],
        "attributes": json.loads(row["attributes"]),
        "custom_attributes": json.loads(row["custom_attributes"]),
        "quota_used": integer(row["bytes"]),
        "percent_in_use": "- " if percent is None else percent,
        "created": row["created"],
        "modified": row["modified"],
        "authsource": row["authsource"] or "mailcow",
        "percent_class": _percent_class(percent),
        **{f"last_{service}_login": logins.get(service, 0) for service in _LOGINS},
    }


def _percent(row: Row) -> int | None:
    return math.floor(row["bytes"] / row["quota"] * 100 + 0.5) if row["quota"] else None


def _percent_class(percent: int | None) -> str:
    if percent is None:
        return "info"
    return "danger" if percent >= 90 else "warning" if percent >= 75 else "success"


def _last_logins(call: Call, names: list[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    sql = (
        "SELECT username, service, UNIX_TIMESTAMP(MAX(`datetime`)) AS seen FROM sasl_log"
        f" WHERE username IN ({marks(names)}) GROUP BY username, service"
    )
    for row in call.database.rows(sql, *names):
        found.setdefault(row["username"].lower(), {})[row["service"].lower()] = integer(row["seen"])
    return found


def _extras(call: Call, rows: list[Row]) -> list[Row]:
    """What only the full form holds."""
    names = [row["username"] for row in rows]
    domains = sorted({row["domain"] for row in rows})
    used = _by_name(call, "SELECT domain AS name, SUM(quota) AS value FROM mailbox WHERE kind = '' AND domain", domains, "domain")
    spam = _by_name(
        call,
        f"SELECT goto AS name, COUNT(*) AS value FROM spamalias WHERE (validity >= {int(time.time())} OR permanent != 0) AND goto",
        names,
        "goto",
    )
    pushed = _by_name(call, "SELECT username AS name, COUNT(*) AS value FROM pushover WHERE active = 1 AND username", names, "username")
    limited, senders = limits(call, [*names, *domains]), _senders(call, names)
    return [
        {
            "max_new_quota": _room(row, used[row["domain"]]),
            "spam_aliases": spam.get(row["username"], 0),
            "pushover_active": pushed.get(row["username"], 0),
            "rl": limited[row["username"]] or limited[row["domain"]],
            "rl_scope": "mailbox" if limited[row["username"]] else "domain",
            "is_relayed": row["backupmx"],
            "sender_acl": senders.get(row["username"], []),
        }
        for row in rows
    ]


def _by_name(call: Call, sql: str, names: list[str], group: str) -> dict[str, int]:
    rows = call.database.rows(f"{sql} IN ({marks(names)}) GROUP BY {group}", *names)
    return {row["name"]: integer(row["value"]) for row in rows}


def _room(row: Row, used: int) -> int:
    """Bytes that this mailbox may have at most, as the others of its domain are."""
    return int(min(row["domain_quota"] * MIB - (used - row["quota"]), row["maxquota"] * MIB))


def _senders(call: Call, names: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    sql = f"SELECT logged_in_as, send_as FROM sender_acl WHERE external = '0' AND logged_in_as IN ({marks(names)}) ORDER BY id"
    for row in call.database.rows(sql, *names):
        found.setdefault(row["logged_in_as"], []).append(row["send_as"])
    return found
