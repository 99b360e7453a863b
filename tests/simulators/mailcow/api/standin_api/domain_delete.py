"""Deleting domains."""

from __future__ import annotations

from typing import Any

from . import maildirs
from .call import Call
from .errors import Refused
from .loose import each, escaped, trimmed
from .names import a_label, is_domain


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/domain``: a domain that never was is removed with success."""
    say = call.report("mailbox", "delete", "domain", {"domain": items}, None)

    def delete_one(item: Any) -> None:
        if not is_domain(item):
            raise Refused("domain_invalid")
        name = a_label(trimmed(item))
        if call.database.row("SELECT username FROM mailbox WHERE domain = %s LIMIT 1", name):
            raise Refused("domain_not_empty", name)
        maildirs.discard(call.settings, name)
        _delete_rows(call, name)
        call.redis.hdel("DOMAIN_MAP", name)
        call.redis.hdel("RL_VALUE", name)
        say.success("domain_removed", escaped(name))

    say.for_each(each(items), delete_one)


def _delete_rows(call: Call, name: str) -> None:
    exact = {
        "domain": "domain", "domain_admins": "domain", "alias": "domain", "alias_domain": "target_domain",
        "filterconf": "object", "bcc_maps": "local_dest", "mta_sts": "domain",
    }  # fmt: skip
    inside = {
        "sender_acl": "logged_in_as", "quota2": "username", "quota2replica": "username", "pushover": "username",
        "spamalias": "address",
    }  # fmt: skip
    for table, column in exact.items():
        call.database.delete(table, column, name)
    for table, column in inside.items():
        call.database.run(f"DELETE FROM {table} WHERE {column} LIKE %s", f"%@{name}")
    call.database.run("DELETE FROM admin WHERE superadmin = 0 AND username NOT IN (SELECT username FROM domain_admins)")
    call.database.run("DELETE FROM da_acl WHERE username NOT IN (SELECT username FROM domain_admins)")
