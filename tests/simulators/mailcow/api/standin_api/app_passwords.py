"""App passwords of mailboxes."""

from __future__ import annotations

from typing import Any

import pymysql

from .call import Call, starred
from .database import Row
from .errors import Crash, Refused, Stopped
from .loose import cast_list, empty, escaped, filled, given, integer, number, text, trimmed
from .mailbox_view import details as mailbox_details
from .names import is_address
from .passwords import accepted, hashed
from .requests import Request

_PROTOCOLS = ("imap_access", "smtp_access", "eas_access", "dav_access", "pop3_access", "sieve_access")


def add(call: Call, data: Row) -> None:
    """``add/app-passwd``: there may be several of one name; without protocols it opens nothing."""
    say = call.report("app_passwd", "add", starred(data))
    with say.refusals():
        now = mailbox_details(call, data["username"]) if is_address(data.get("username")) else None
        if now is None:
            raise Refused("access_denied")
        if not accepted(call, data.get("app_passwd"), data.get("app_passwd2")):
            return
        name = escaped(trimmed(data.get("app_name")))
        if empty(name):
            raise Refused("app_name_empty")
        row = {
            "name": name,
            "mailbox": data["username"],
            "domain": now["domain"],
            "password": hashed(data["app_passwd"]),
            **_protocols(data),
            "active": integer(data.get("active")),
        }
        call.database.insert("app_passwd", row)
        say.success("app_passwd_added")


def _protocols(data: Row) -> Row:
    chosen = cast_list(data.get("protocols"))
    return {name: int(name in chosen) for name in _PROTOCOLS}


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/app-passwd``: must name the owner, or the call dies; another owner takes it over."""
    data = {"id": items, **attributes}
    say = call.report("app_passwd", "edit", starred(data))
    owner = data.get("username")
    if is_address(owner) and not call.knows_mailbox(owner):
        say.add("danger", "access_denied")
        return

    def edit_one(identifier: Any) -> None:
        now = _details(call, identifier)
        if now is None:
            raise Refused("app_passwd_id_invalid", identifier)
        if not _change_password(call, identifier, data):
            return
        row = {
            "name": escaped(trimmed(filled(data, "app_name", now["name"]))),
            "mailbox": owner,
            **(_protocols(data) if given(data, "protocols") else {name: now[name] for name in _PROTOCOLS}),
            "active": number(data, "active", now["active"]),
        }
        _update(call, identifier, row)
        say.success("object_modified", escaped(", ".join(map(text, cast_list(data["id"])))))

    say.for_each(cast_list(data["id"]), edit_one)


def _update(call: Call, identifier: Any, row: Row) -> None:
    if not is_address(row["mailbox"]):
        raise Crash("no such mailbox: API")
    try:
        call.database.update("app_passwd", row, "id", identifier)
    except pymysql.IntegrityError as error:
        raise Crash(str(error)) from error


def _change_password(call: Call, identifier: Any, data: Row) -> bool:
    first, second = data.get("app_passwd"), data.get("app_passwd2")
    if empty(first) or empty(second):
        return True
    if not accepted(call, first, second):
        return False
    call.database.update("app_passwd", {"password": hashed(first)}, "id", identifier)
    return True


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/app-passwd``: stops at the first bad id."""
    say = call.report("app_passwd", "delete", {"id": items})
    for identifier in cast_list(items):
        if call.database.row("SELECT mailbox FROM app_passwd WHERE id = %s", identifier) is None:
            say.add("danger", "app_passwd_id_invalid")
            raise Stopped
        call.database.delete("app_passwd", "id", identifier)
        say.success("app_passwd_removed", escaped(identifier))


def read(call: Call, request: Request) -> Any:
    """``get/app-passwd/all/<mailbox>``; a single one cannot be read."""
    if request.part(2) != "all":
        raise Crash("cannot read an offset of a text")
    rows = call.database.rows("SELECT * FROM app_passwd WHERE mailbox = %s ORDER BY id", request.part(3))
    return [{**row, "name": escaped(row["name"].strip())} for row in rows]


def _details(call: Call, identifier: Any) -> Row | None:
    row = call.database.row("SELECT * FROM app_passwd WHERE id = %s", identifier)
    return row and {**row, "name": escaped(row["name"].strip())}
