"""Reading domains."""

from __future__ import annotations

from typing import Any

from . import tags
from .call import Call
from .database import Row, marks
from .loose import trimmed
from .names import a_label, u_label
from .ratelimit import limits
from .requests import Request
from .search import Column, search
from .templates import MIB, read_domain

_MAILBOXES = "FROM mailbox m WHERE m.kind = '' AND m.domain = d.domain"
_ALIASES = (
    "FROM alias a WHERE (a.domain = d.domain OR a.domain IN"
    " (SELECT alias_domain FROM alias_domain WHERE target_domain = d.domain))"
    " AND a.address NOT IN (SELECT username FROM mailbox)"
)
_STORED = "FROM quota2 q JOIN mailbox m ON m.username = q.username WHERE m.domain = d.domain"
_SELECT = f"""SELECT d.*,
  (SELECT COUNT(*) {_MAILBOXES}) AS mailbox_count,
  (SELECT COALESCE(SUM(m.quota), 0) {_MAILBOXES}) AS in_use,
  (SELECT SUM(q.bytes) {_STORED}) AS bytes_total,
  (SELECT SUM(q.messages) {_STORED}) AS messages_total,
  (SELECT COUNT(*) {_ALIASES}) AS alias_count,
  (SELECT GROUP_CONCAT(username SEPARATOR ', ') FROM domain_admins x WHERE x.domain = d.domain) AS administrators
  FROM domain d"""
_TWICE = ("backupmx", "gal", "active", "relay_all_recipients", "relay_unknown_only")
_SEARCH = [
    Column(2, "d.domain"),
    Column(3, "d.aliases", f"SELECT COUNT(*) {_ALIASES}"),
    Column(4, "d.mailboxes", f"SELECT COUNT(*) {_MAILBOXES}"),
    Column(5, "d.quota", f"SELECT COALESCE(SUM(m.quota), 0) {_MAILBOXES}"),
    Column(6, "", f"SELECT SUM(q.bytes) {_STORED}"),
    Column(7, "d.defquota"),
    Column(8, "d.maxquota"),
    Column(10, "d.backupmx"),
    Column(14, "(SELECT GROUP_CONCAT(tag_name) FROM tags_domain t WHERE t.domain = d.domain)"),
    Column(15, "d.active"),
]


def read(call: Call, request: Request) -> Any:
    """``get/domain/all[?tags=]``, ``get/domain/<name>``, ``get/domain/template/…``."""
    if request.part(2) == "template":
        return read_domain(call, request)
    if request.part(2) != "all":
        return details(call, request.part(2))
    wanted = request.query.get("tags")
    if not wanted:
        return _details(call, "ORDER BY d.domain")
    found = _tagged(call, wanted.split(","))
    return _details(call, f"WHERE d.domain IN ({marks(found)}) ORDER BY d.domain", *found)


def find(call: Call, body: dict[str, Any]) -> Row:
    """``search/domain``."""
    names = search(call, body, "domain d", "d.domain", "1", _SEARCH)
    by_name = {row["domain_name"]: row for row in _details(call, f"WHERE d.domain IN ({marks(names.found)})", *names.found)}
    return names.answer([by_name[name] for name in names.found])


def details(call: Call, name: Any) -> Row | None:
    """One domain; an alias domain's name gives its target."""
    label = a_label(trimmed(name))
    if not call.knows_domain(label):
        return None
    target = call.database.value("SELECT target_domain FROM alias_domain WHERE alias_domain = %s", label)
    return next(iter(_details(call, "WHERE d.domain = %s", target or label)), None)


def _tagged(call: Call, wanted: list[str]) -> list[str]:
    condition = " OR ".join(["tag_name LIKE %s"] * len(wanted))
    parts = [f"%{tag}%" for tag in wanted]
    return call.database.column(f"SELECT DISTINCT domain FROM tags_domain WHERE {condition}", *parts)


def _details(call: Call, condition: str, *arguments: Any) -> list[Row]:
    rows = call.database.rows(f"{_SELECT} {condition}", *arguments)
    names = [row["domain"] for row in rows]
    limited = limits(call, names)
    tagged = tags.by_name(call, "tags_domain", "domain", names)
    return [tags.with_tags(_shown(row, limited[row["domain"]]), tagged, row["domain"]) for row in rows]


def _shown(row: Row, limit: Any) -> Row:
    left = min(row["quota"] * MIB - int(row["in_use"]), row["maxquota"] * MIB)
    return {
        "max_new_mailbox_quota": left,
        "def_new_mailbox_quota": min(left, row["defquota"] * MIB),
        "quota_used_in_domain": row["in_use"],
        "bytes_total": row["bytes_total"] if int(row["bytes_total"] or 0) else 0,
        "msgs_total": row["messages_total"] if int(row["messages_total"] or 0) else 0,
        "mboxes_in_domain": row["mailbox_count"],
        "mboxes_left": row["mailboxes"] - row["mailbox_count"],
        "domain_name": row["domain"],
        "domain_h_name": u_label(row["domain"]),
        "description": row["description"],
        "max_num_aliases_for_domain": row["aliases"],
        "max_num_mboxes_for_domain": row["mailboxes"],
        "def_quota_for_mbox": row["defquota"] * MIB,
        "max_quota_for_mbox": row["maxquota"] * MIB,
        "max_quota_for_domain": row["quota"] * MIB,
        "relayhost": row["relayhost"],
        **{name: row[name.removesuffix("_int")] for flag in _TWICE for name in (flag, f"{flag}_int")},
        "rl": limit,
        "created": row["created"],
        "modified": row["modified"],
        "aliases_in_domain": row["alias_count"],
        "aliases_left": row["aliases"] - row["alias_count"],
        "domain_admins": row["administrators"] or "-",
    }
