"""Deleting mailboxes."""

from __future__ import annotations

from typing import Any

from . import maildirs
from .call import Call
from .errors import Refused
from .loose import each, escaped
from .mailbox_view import details
from .names import is_address

_TABLES = {
    "pushover": "username", "quarantine": "rcpt", "quota2": "username", "quota2replica": "username",
    "mailbox": "username", "user_acl": "username", "spamalias": "goto", "imapsync": "user2", "filterconf": "object",
    "bcc_maps": "local_dest", "tfa": "username",
}  # fmt: skip


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/mailbox``; a missing one is ``access_denied``."""
    say = call.report("mailbox", "delete", "mailbox", {"username": items}, None)

    def delete_one(address: Any) -> None:
        if not is_address(address) or not call.knows_mailbox(address):
            raise Refused("access_denied")
        now = details(call, address)
        if now:
            maildirs.discard(call.settings, f"{now['domain']}/{now['local_part']}")
        _delete_rows(call, address)
        call.redis.hdel("RL_VALUE", address)
        say.success("mailbox_removed", escaped(address))

    say.for_each(each(items), delete_one)


def _delete_rows(call: Call, address: str) -> None:
    database = call.database
    database.delete("alias", "goto", address)
    for table, column in _TABLES.items():
        database.delete(table, column, address)
    database.run("DELETE FROM sender_acl WHERE logged_in_as = %s OR send_as = %s", address, address)
    for row in database.rows("SELECT address, goto FROM alias WHERE FIND_IN_SET(%s, goto)", address):
        left = [goto for goto in row["goto"].split(",") if goto != address]
        database.update("alias", {"goto": ",".join(left)}, "address", row["address"])
