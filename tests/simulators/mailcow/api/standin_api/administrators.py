"""Administrators of the server."""

from __future__ import annotations

import json
from typing import Any

from .call import Call, starred
from .database import Row
from .errors import Refused, Stopped
from .loose import cast_list, each, empty, escaped, filled, integer, number, text, trimmed
from .names import is_user_name
from .passwords import accepted, hashed
from .requests import Request

NO_ATTRIBUTES = {"force_tfa": "0", "force_pw_update": "0"}


def add(call: Call, data: Row) -> None:
    """``add/admin``."""
    say = call.report("admin", "add", starred(data))
    with say.refusals():
        name = trimmed(data.get("username")).lower()
        if not is_user_name(name):
            raise Refused("username_invalid", name)
        check_free(call, name)
        if not accepted(call, data.get("password"), data.get("password2")):
            return
        row = {"username": name, "password": hashed(data["password"]), "superadmin": 1}
        call.database.insert("admin", {**row, "active": integer(data.get("active"))})
        say.success("admin_added", escaped(name))


def check_free(call: Call, name: str) -> None:
    """Refuse a name that an administrator of any kind has."""
    for table in ("admin", "domain_admins"):
        if call.database.row(f"SELECT username FROM {table} WHERE username = %s", name):
            raise Refused("object_exists", escaped(name))


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/admin``; the last active one stays active."""
    data = {"username": items, **attributes}
    say = call.report("admin", "edit", starred(data))

    def edit_one(item: Any) -> None:
        now = details(call, item)
        if now is None:
            raise Refused("access_denied")
        active = number(data, "active", now["active"])
        new_name = text(filled(data, "username_new", now["username"]))
        if not active and call.database.value("SELECT SUM(active) FROM admin WHERE superadmin = 1") == "1":
            raise Refused("no_active_admin", kind="warning")
        if not is_user_name(new_name) or (new_name != item and details(call, new_name)):
            raise Refused("username_invalid", new_name)
        save(call, item, new_name, active, data)
        say.success("admin_modified", escaped(item))

    say.for_each(each(data["username"]), edit_one)


def save(call: Call, name: Any, new_name: str, active: int, data: Row) -> None:
    """Save name, state, password and duties of an administrator.

    Raises:
        Stopped: the password is refused, which ends the call.
    """
    attributes = {flag: str(int(integer(data.get(flag)) != 0)) for flag in ("force_tfa", "force_pw_update")}
    row = {"username": new_name, "active": active, "attributes": json.dumps(attributes)}
    if not empty(data.get("password")):
        if not accepted(call, data["password"], data.get("password2")):
            raise Stopped
        row["password"] = hashed(data["password"])
    call.database.update("admin", row, "username", name)


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/admin``; the last one goes as well."""
    say = call.report("admin", "delete", {"username": items})

    def delete_one(name: Any) -> None:
        if details(call, name) is None:
            raise Refused("username_invalid", name)
        for table in ("admin", "domain_admins", "tfa"):
            call.database.delete(table, "username", name)
        say.success("admin_removed", escaped(name))

    say.for_each(cast_list(items) if not isinstance(items, dict) else list(items.values()), delete_one)


def read(call: Call, request: Request) -> Any:
    """``get/admin/all|<name>``."""
    if request.part(2) != "all":
        return details(call, request.part(2))
    names = call.database.column("SELECT username FROM admin WHERE superadmin = '1' ORDER BY username")
    return [details(call, name) for name in names]


def details(call: Call, name: Any) -> Row | None:
    """One administrator of the server."""
    row = call.database.row("SELECT username, created, active, attributes FROM admin WHERE username = %s AND superadmin = '1'", name)
    return row and shown(row)


def shown(row: Row) -> Row:
    """An administrator as the API shows it; second factors are not part of the stand-in."""
    return {
        "username": row["username"],
        "tfa_active": 0,
        "tfa_active_int": 0,
        "active": row["active"],
        "active_int": row["active"],
        "created": row["created"],
        "attributes": json.loads(row["attributes"]) if row["attributes"] else NO_ATTRIBUTES,
    }
