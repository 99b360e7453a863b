"""Settings of mailboxes that have a route of their own."""

from __future__ import annotations

import json
import re
from typing import Any

from .call import Call
from .database import Row
from .errors import Crash, Refused
from .loose import cast_list, each, given, integer, number, text
from .mailbox_view import details
from .names import is_address

_NOTIFICATIONS = ("never", "hourly", "daily", "weekly")
_CATEGORIES = ("add_header", "reject", "all")


def edit_tls_policy(call: Call, items: Any, attributes: Row) -> None:
    """``edit/tls_policy``."""

    def change(now: Row) -> Row:
        names = ("tls_enforce_out", "tls_enforce_in")
        return {name: str(number(attributes, name, now[name])) for name in names}

    _edit_attributes(call, "tls_policy", items, attributes, change)


def edit_quarantine_notification(call: Call, items: Any, attributes: Row) -> None:
    """``edit/quarantine_notification``."""
    _edit_choice(call, "quarantine_notification", items, attributes, _NOTIFICATIONS)


def edit_quarantine_category(call: Call, items: Any, attributes: Row) -> None:
    """``edit/quarantine_category``."""
    _edit_choice(call, "quarantine_category", items, attributes, _CATEGORIES)


def _edit_choice(call: Call, name: str, items: Any, attributes: Row, choices: tuple[str, ...]) -> None:
    def change(now: Row) -> Row:
        value = attributes[name] if given(attributes, name) else now[name]
        if value not in choices:
            raise Refused("access_denied")
        return {name: value}

    _edit_attributes(call, name, items, attributes, change)


def _edit_attributes(call: Call, kind: str, items: Any, attributes: Row, change: Any) -> None:
    data = {"username": items, **attributes}
    say = call.report("mailbox", "edit", kind, data, None)

    def edit_one(address: Any) -> None:
        stored = call.database.value("SELECT attributes FROM mailbox WHERE username = %s", address)
        if stored is None or not call.knows_mailbox(address):
            raise Refused("access_denied")
        set_attributes(call, address, change(json.loads(stored)))
        say.success("mailbox_modified", address)

    say.for_each(each(data["username"]), edit_one)


def set_attributes(call: Call, address: Any, values: Row) -> None:
    """Set single attributes of a mailbox, in this order."""
    expression, arguments = "attributes", []
    for name, value in values.items():
        expression = f"JSON_SET({expression}, '$.{name}', %s)"
        arguments.append(value)
    call.database.run(f"UPDATE mailbox SET attributes = {expression} WHERE username = %s", *arguments, address)


def edit_delimiter_action(call: Call, items: Any, attributes: Row) -> None:
    """``edit/delimiter_action``."""
    set_delimiter_action(call, {"username": items, **attributes})


def set_delimiter_action(call: Call, data: Row) -> None:
    """Say what becomes of mail to ``name+tag@domain``: a subject, a folder, or nothing."""
    say = call.report("mailbox", "edit", "delimiter_action", data, None)
    chosen = {"subject": "RCPT_WANTS_SUBJECT_TAG", "subfolder": "RCPT_WANTS_SUBFOLDER_TAG"}

    def edit_one(address: Any) -> None:
        if not is_address(address) or not call.knows_mailbox(address):
            raise Refused("access_denied")
        for name, key in chosen.items():
            if data.get("tagged_mail_handler") == name:
                call.redis.hset(key, address, "1")
            else:
                call.redis.hdel(key, address)
        say.success("mailbox_modified", address)

    say.for_each(each(data["username"]), edit_one)


def edit_custom_attributes(call: Call, items: Any, attributes: Row) -> None:
    """``edit/mailbox/custom-attribute``: replaces all by two parallel lists."""
    data = {"mailboxes": items, **attributes}
    say = call.report("mailbox", "edit", "mailbox_custom_attribute", data, None)
    names = [text(name).replace(" ", "") for name in cast_list(data.get("attribute"))]
    values = cast_list(data.get("value"))
    if len(names) != len(values):
        raise Crash("lists of different length")
    stored = json.dumps(dict(zip(names, values, strict=True)))

    def edit_one(address: Any) -> None:
        if not is_address(address):
            raise Refused("username_invalid", address)
        if details(call, address) is None:
            raise Refused("access_denied")
        call.database.update("mailbox", {"custom_attributes": stored}, "username", address)
        say.success("mailbox_modified", address)

    say.for_each(each(data["mailboxes"]), edit_one)


def edit_pushover(call: Call, items: Any, attributes: Row) -> None:
    """``edit/pushover``: only the check of key and token is here, for a push needs the service outside."""
    data = {"username": items, **attributes}
    say = call.report("pushover", "edit", data, data)

    def edit_one(address: Any) -> None:
        if not call.knows_mailbox(address):
            raise Refused("access_denied")
        for name in ("key", "token"):
            if not re.fullmatch(r"[a-zA-Z0-9]{30}", text(data.get(name))):
                raise Refused(f"pushover_{name}")
        row = {"username": address, "key": data["key"], "token": data["token"], "active": integer(data.get("active"))}
        call.database.delete("pushover", "username", address)
        call.database.insert("pushover", row)
        say.success("pushover_settings_edited", address)

    say.for_each(each(data["username"]), edit_one)
