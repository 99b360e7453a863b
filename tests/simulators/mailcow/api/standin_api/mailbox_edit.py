"""Editing and renaming mailboxes."""

from __future__ import annotations

from typing import Any

import pymysql

from . import alias, mailbox_options, maildirs, sender_acl, tags
from .call import Call, Report, starred
from .database import Database, Row
from .errors import Refused
from .loose import each, filled, given, integer, number, text
from .mailbox_add import message_of
from .mailbox_view import details
from .names import is_address
from .passwords import accepted, hashed
from .templates import MIB, chosen_protocols

_FLAGS = (
    "force_pw_update", "force_tfa", "sogo_access", "imap_access", "sieve_access", "pop3_access", "relayhost",
    "smtp_access", "eas_access", "dav_access",
)  # fmt: skip
_RENAMED = {
    "tags_mailbox": ["username"], "sieve_filters": ["username"], "app_passwd": ["mailbox"], "user_acl": ["username"],
    "da_acl": ["username"], "quota2": ["username"], "quota2replica": ["username"], "pushover": ["username"],
    "alias": ["goto"], "imapsync": ["user2"], "bcc_maps": ["local_dest", "bcc_dest"],
    "recipient_maps": ["old_dest", "new_dest"], "sender_acl": ["logged_in_as", "send_as"],
}  # fmt: skip


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/mailbox``. Fields that have a route of their own are ignored, and so is every unknown one."""
    data = {"username": items, **attributes}
    say = call.report("mailbox", "edit", "mailbox", starred(data), None)
    data = {**data, **chosen_protocols(data)}
    say.for_each(each(data["username"]), lambda address: _edit_one(say, address, data))


def _edit_one(say: Report, address: Any, data: Row) -> None:
    call = say.call
    if not is_address(address):
        raise Refused("username_invalid", address)
    now = details(call, address)
    if now is None:
        raise Refused("access_denied")
    quota = now["quota"] // MIB if data.get("quota") in (None, "") else integer(data["quota"])
    room = now["max_new_quota"] / MIB
    if quota > room:
        raise Refused("mailbox_quota_left_exceeded", int(room) if room.is_integer() else room)
    sender_acl.edit(say, address, data)
    if not _change_password(call, address, data):
        return
    active = number(data, "active", now["active"])
    call.database.update("alias", {"active": active}, "address", address)
    _update(call, address, now, {**data, "active": active, "quota": quota})
    if given(data, "tagged_mail_handler"):
        handler = {"username": address, "tagged_mail_handler": data["tagged_mail_handler"]}
        mailbox_options.set_delimiter_action(call, handler)
    tags.add(say, "tags_mailbox", "username", address, data["tags"] if isinstance(data.get("tags"), list) else [])
    say.success("mailbox_modified", address)


def _change_password(call: Call, address: str, data: Row) -> bool:
    """Change the password if there is one; false when it is refused."""
    password = filled(data, "password", None)
    if password is None:
        return True
    if not accepted(call, password, data.get("password2")):
        return False
    call.database.run(
        "UPDATE mailbox SET password = %s, attributes = JSON_SET(attributes, '$.passwd_update', NOW())"
        " WHERE username = %s AND authsource = 'mailcow'",
        hashed(password),
        address,
    )
    return True


def _update(call: Call, address: str, now: Row, data: Row) -> None:
    kept = now["attributes"]
    name = text(filled(data, "name", now["name"]))
    row = {
        "active": data["active"],
        "name": name.rstrip(">").lstrip("<") if data.get("name") else name,
        "quota": data["quota"] * MIB,
        "authsource": "mailcow" if data.get("authsource") == "mailcow" else now["authsource"],
    }
    recovery = data["pw_recovery_email"] if given(data, "pw_recovery_email") else kept.get("recovery_email")
    values = {flag: str(number(data, flag, kept[flag])) for flag in _FLAGS}
    more = {"recovery_email": recovery, "attribute_hash": filled(data, "attribute_hash", "")}
    call.database.update("mailbox", row, "username", address)
    mailbox_options.set_attributes(call, address, {**values, **more})


def rename(call: Call, items: Any, attributes: Row) -> None:
    """``edit/rename-mbox``: one rename a call, all rows or none."""
    data = {"mailbox": items, **attributes}
    say = call.report("mailbox", "edit", "mailbox_rename", data, None)
    with say.refusals():
        domain = text(data.get("domain"))
        old, new = (f"{text(data.get(part))}@{domain}" for part in ("old_local_part", "new_local_part"))
        for address in (old, new):
            if not is_address(address):
                raise Refused("username_invalid", address)
        now = details(call, old)
        if now is None or now["active"] not in (1, 2):
            raise Refused("access_denied")
        _rename_rows(call.database, old, new, text(data["new_local_part"]))
        maildirs.move(call.settings, f"{domain}/{data['old_local_part']}", f"{domain}/{data['new_local_part']}")
        if integer(data.get("create_alias")) == 1:
            alias.add(call, _alias_left(old, new))
        say.success("mailbox_renamed", old, new)


def _alias_left(old: str, new: str) -> Row:
    comment = f"Mailbox was renamed from {old} to {new}"
    return {"address": old, "goto": new, "active": 1, "sogo_visible": 1, "private_comment": comment}


def _rename_rows(database: Database, old: str, new: str, new_local_part: str) -> None:
    connection = database.connection
    connection.begin()
    try:
        database.run("SET FOREIGN_KEY_CHECKS = 0")
        database.update("mailbox", {"username": new, "local_part": new_local_part}, "username", old)
        database.update("alias", {"address": new, "goto": new}, "address", old)
        for table, columns in _RENAMED.items():
            for column in columns:
                database.update(table, {column: new}, column, old)
        connection.commit()
    except pymysql.MySQLError as error:
        connection.rollback()
        raise Refused(message_of(error)) from error
    finally:
        database.run("SET FOREIGN_KEY_CHECKS = 1")
