"""Reading aliases."""

from __future__ import annotations

from typing import Any

from .call import Call
from .database import Row, marks
from .names import is_address
from .requests import Request

_SELECT = """SELECT a.id, a.domain, a.public_comment, a.private_comment, a.goto, a.address, a.internal, a.active,
  a.sogo_visible, a.sender_allowed, a.created, a.modified, x.target_domain
  FROM alias a LEFT JOIN alias_domain x ON x.alias_domain = a.domain WHERE a.address != a.goto"""


def read(call: Call, request: Request) -> Any:
    """``get/alias/all[/<domains>]``, ``get/alias/<id or address>``."""
    if request.part(2) != "all":
        return details(call, request.part(2))
    names = request.part(3).split(",") if request.part(3) else _all_domains(call)
    known = [name for name in names if call.knows_domain(name)] if request.part(3) else names
    rows = call.database.rows(f"{_SELECT} AND a.domain IN ({marks(known)}) ORDER BY a.id", *known)
    order = {name.lower(): position for position, name in enumerate(known)}
    return [_shown(row) for row in sorted(rows, key=lambda row: order[row["domain"].lower()])]


def _all_domains(call: Call) -> list[str]:
    own = call.database.column("SELECT domain FROM domain ORDER BY domain")
    return own + call.database.column("SELECT alias_domain FROM alias_domain ORDER BY alias_domain")


def details(call: Call, item: Any) -> Row | None:
    """One alias by id or address; a mailbox's own row is hidden."""
    value = "Array" if isinstance(item, (list, dict)) else str(item)
    row = call.database.row(f"{_SELECT} AND (a.id = %s OR a.address = %s) ORDER BY a.id", value, value)
    return _shown(row) if row and call.knows_domain(row["domain"]) else None


def _shown(row: Row) -> Row:
    return {
        "in_primary_domain": row["target_domain"] or "",
        "id": row["id"],
        "domain": row["domain"],
        "public_comment": row["public_comment"],
        "private_comment": row["private_comment"],
        "goto": row["goto"],
        "address": row["address"],
        "is_catch_all": int(not is_address(row["address"])),
        "internal": row["internal"],
        "active": row["active"],
        "active_int": row["active"],
        "sogo_visible": row["sogo_visible"],
        "sogo_visible_int": row["sogo_visible"],
        "sender_allowed": row["sender_allowed"],
        "created": row["created"],
        "modified": row["modified"],
    }
