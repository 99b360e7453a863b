"""Adding mailboxes."""

from __future__ import annotations

import json

import pymysql

from . import mailbox_options, ratelimit, tags
from .call import Call, Report, starred
from .database import Row
from .errors import Refused, Stopped
from .loose import cast_list, empty, escaped, given, integer, number, text, trimmed
from .names import a_label, is_address
from .passwords import accepted, hashed
from .templates import ACLS, MIB, PROTOCOLS, chosen_protocols, defaults

_FLAGS = (
    "force_pw_update", "force_tfa", "tls_enforce_in", "tls_enforce_out", "sogo_access",
    *(f"{protocol}_access" for protocol in PROTOCOLS),
)  # fmt: skip
_CATEGORIES = ("add_header", "reject", "all")


def add(call: Call, data: Row) -> None:
    """``add/mailbox``. The quota is MiB; what is left out comes from the template."""
    say = call.report("mailbox", "add", "mailbox", starred(data), None)
    with say.refusals():
        local_part = trimmed(data.get("local_part")).lower()
        domain = a_label(trimmed(data.get("domain")))
        address = f"{local_part}@{domain}"
        if not is_address(address) or empty(data.get("local_part")):
            raise Refused("mailbox_invalid")
        template = defaults(call, "mailbox", data.get("template"))
        data = {**data, **chosen_protocols(data)}
        quota = number(data, "quota", template["quota"] // MIB)
        attributes = _attributes(data, template)
        _check_new(call, address, domain)
        _check_limits(call, data, domain, quota)
        row = {
            "username": address,
            "password": hashed(data.get("password")),
            "name": text(data.get("name")).rstrip(">").lstrip("<"),
            "quota": quota * MIB,
            "local_part": local_part,
            "domain": domain,
            "attributes": json.dumps(attributes),
            "authsource": "mailcow",
            "active": number(data, "active", template["active"]),
        }
        _insert(say, row, data, template)
        say.success("mailbox_added", escaped(address))


def _attributes(data: Row, template: Row) -> Row:
    made = {name: str(number(data, name, template[name])) for name in _FLAGS}
    category = text(data["quarantine_category"] if given(data, "quarantine_category") else template["quarantine_category"])
    if category not in _CATEGORIES:
        raise Refused("quarantine_category_invalid")
    notification = data["quarantine_notification"] if given(data, "quarantine_notification") else template["quarantine_notification"]
    return {
        **made,
        "relayhost": str(integer(data.get("relayhost"))),
        "passwd_update": 0,
        "mailbox_format": "maildir:",
        "quarantine_notification": text(notification),
        "quarantine_category": category,
        "attribute_hash": data.get("attribute_hash") or "",
    }


def _check_new(call: Call, address: str, domain: str) -> None:
    database = call.database
    if not call.knows_domain(domain):
        raise Refused("access_denied")
    if database.row("SELECT username FROM mailbox WHERE username = %s", address):
        raise Refused("object_exists", escaped(address))
    if database.row("SELECT address FROM alias WHERE address = %s", address):
        raise Refused("is_alias", escaped(address))
    if database.row("SELECT address FROM spamalias WHERE address = %s", address):
        raise Refused("is_spam_alias", escaped(address))
    if not database.row("SELECT domain FROM domain WHERE domain = %s", domain):
        raise Refused("domain_not_found", escaped(domain))


def _check_limits(call: Call, data: Row, domain: str, quota: int) -> None:
    if not accepted(call, data.get("password"), data.get("password2")):
        raise Stopped
    limit = call.database.row("SELECT mailboxes, maxquota, quota FROM domain WHERE domain = %s", domain) or {}
    used = (
        call.database.row(
            "SELECT COUNT(*) AS count, COALESCE(ROUND(SUM(quota) / 1048576), 0) AS quota FROM mailbox WHERE kind = '' AND domain = %s",
            domain,
        )
        or {}
    )
    if used["count"] >= limit["mailboxes"]:
        raise Refused("max_mailbox_exceeded", used["count"], limit["mailboxes"])
    if quota > limit["maxquota"]:
        raise Refused("mailbox_quota_exceeded", limit["maxquota"])
    left = limit["quota"] - int(used["quota"])
    if quota > left:
        raise Refused("mailbox_quota_left_exceeded", left)


def _insert(say: Report, row: Row, data: Row, template: Row) -> None:
    call, address = say.call, row["username"]
    call.database.insert("mailbox", row)
    call.database.run("UPDATE mailbox SET attributes = JSON_SET(attributes, '$.passwd_update', NOW()) WHERE username = %s", address)
    if given(data, "tagged_mail_handler"):
        handler = {"username": address, "tagged_mail_handler": data["tagged_mail_handler"]}
        mailbox_options.set_delimiter_action(call, handler)
    chosen = data["tags"] if given(data, "tags") else template["tags"]
    tags.add(say, "tags_mailbox", "username", address, chosen if isinstance(chosen, list) else [])
    for table in ("quota2", "quota2replica"):
        call.database.run(f"REPLACE INTO {table} (username, bytes, messages) VALUES (%s, 0, 0)", address)
    own = {"address": address, "goto": address, "domain": row["domain"], "active": row["active"]}
    call.database.insert("alias", own)
    _insert_rights(say, address, data, template)
    frame = data["rl_frame"] if given(data, "rl_frame") else template["rl_frame"]
    value = data["rl_value"] if given(data, "rl_value") else template["rl_value"]
    ratelimit.save(call, "mailbox", {"object": address, "rl_frame": frame, "rl_value": value})


def _insert_rights(say: Report, address: str, data: Row, template: Row) -> None:
    chosen = cast_list(data["acl"]) if given(data, "acl") else None
    rights = {name: integer(template.get(f"acl_{name}")) if chosen is None else int(name in chosen) for name in (*ACLS, "pw_reset")}
    try:
        say.call.database.insert("user_acl", {"username": address, **rights})
    except pymysql.MySQLError as error:
        raise Refused(message_of(error)) from error


def message_of(error: pymysql.MySQLError) -> str:
    """Text of a database error as the web interface shows it."""
    number_, words = (*error.args, "")[:2]
    return f"SQLSTATE[23000]: Integrity constraint violation: {number_} {words}"
