"""What users and domain administrators may do by themselves."""

from __future__ import annotations

from typing import Any

from .call import Call
from .database import Row
from .errors import Refused
from .loose import cast_list, each


def edit_user(call: Call, items: Any, attributes: Row) -> None:
    """``edit/user-acl``: rights in the list become 1, the others 0."""
    data = {"username": items, **attributes}
    _edit(call, "user", "user_acl", data, call.knows_mailbox)


def edit_domain_administrator(call: Call, items: Any, attributes: Row) -> None:
    """``edit/da-acl``."""
    _edit(call, "domainadmin", "da_acl", {"username": items, **attributes}, lambda name: True)


def _edit(call: Call, scope: str, table: str, data: Row, known: Any) -> None:
    say = call.report("acl", "edit", scope, data)
    chosen = cast_list(data.get(table))

    def edit_one(name: Any) -> None:
        if not known(name):
            raise Refused("access_denied")
        row = call.database.row(f"SELECT * FROM {table} WHERE username = %s", name)
        if row is None:
            raise Refused("Cannot determine current ACL")
        rights = {right: int(right in chosen) for right in row if right != "username"}
        call.database.update(table, rights, "username", name)
        say.success("acl_saved", name)

    say.for_each(each(data["username"]), edit_one)
