"""Templates: the defaults of new domains and mailboxes."""

from __future__ import annotations

import json
from typing import Any

from .call import Call
from .database import Database, Row
from .errors import Refused
from .loose import cast_list, each, empty, filled, given, integer, number
from .requests import Request

MIB = 1048576
ACLS = (
    "spam_alias", "tls_policy", "spam_score", "spam_policy", "delimiter_action", "syncjobs", "eas_reset",
    "sogo_profile_reset", "pushover", "quarantine", "quarantine_attachments", "quarantine_notification",
    "quarantine_category", "app_passwds",
)  # fmt: skip
PROTOCOLS = ("imap", "pop3", "smtp", "sieve", "eas", "dav")
_OFF_BY_DEFAULT = ("syncjobs", "sogo_profile_reset")

_DOMAIN: Row = {
    "tags": [],
    "max_num_aliases_for_domain": 400,
    "max_num_mboxes_for_domain": 10,
    "def_quota_for_mbox": 3072 * MIB,
    "max_quota_for_mbox": 10240 * MIB,
    "max_quota_for_domain": 10240 * MIB,
    "rl_frame": "s",
    "rl_value": "",
    "active": 1,
    "gal": 1,
    "backupmx": 0,
    "relay_all_recipients": 0,
    "relay_unknown_only": 0,
    "dkim_selector": "dkim",
    "key_size": 2048,
}
_MAILBOX: Row = {
    "tags": [],
    "quota": 0,
    "quarantine_notification": "hourly",
    "quarantine_category": "reject",
    "rl_frame": "s",
    "rl_value": "",
    "force_pw_update": 0,
    "force_tfa": 0,
    "sogo_access": 1,
    "active": 1,
    "tls_enforce_in": 0,
    "tls_enforce_out": 0,
    **{f"{protocol}_access": 1 for protocol in PROTOCOLS},
    **{f"acl_{name}": int(name not in _OFF_BY_DEFAULT) for name in ACLS},
}
_QUOTAS = ("def_quota_for_mbox", "max_quota_for_mbox", "max_quota_for_domain")


def insert_defaults(database: Database) -> None:
    """Make the two templates named Default unless they are there."""
    for kind, attributes in (("domain", _DOMAIN), ("mailbox", _MAILBOX)):
        if not database.row("SELECT id FROM templates WHERE type = %s AND template = 'Default'", kind):
            database.insert("templates", {"type": kind, "template": "Default", "attributes": json.dumps(attributes)})


def defaults(call: Call, kind: str, chosen: Any) -> Row:
    """Attributes of the chosen template; of the first one when the id is wrong or left out."""
    found = None if empty(chosen) else _one(call, kind, chosen)
    template = found or _all(call, kind)[0]
    return {**(_MAILBOX if kind == "mailbox" else {}), **template["attributes"]}


def read_domain(call: Call, request: Request) -> Any:
    """``get/domain/template/all|<id>``."""
    return _read(call, "domain", request)


def read_mailbox(call: Call, request: Request) -> Any:
    """``get/mailbox/template/all|<id>``."""
    return _read(call, "mailbox", request)


def _read(call: Call, kind: str, request: Request) -> Any:
    return _all(call, kind) if request.part(3) == "all" else _one(call, kind, request.part(3))


def _all(call: Call, kind: str) -> list[Row]:
    return [_parsed(row) for row in call.database.rows("SELECT * FROM templates WHERE type = %s", kind)]


def _one(call: Call, kind: str, identifier: Any) -> Row | None:
    row = call.database.row("SELECT * FROM templates WHERE id = %s AND type = %s", integer(identifier), kind)
    return row and _parsed(row)


def _parsed(row: Row) -> Row:
    return {**row, "attributes": json.loads(row["attributes"])}


def add_domain(call: Call, data: dict[str, Any]) -> None:
    """``add/domain/template``."""
    _add(call, "domain", data, _domain_attributes)


def add_mailbox(call: Call, data: dict[str, Any]) -> None:
    """``add/mailbox/template``."""
    _add(call, "mailbox", data, _mailbox_attributes)


def _add(call: Call, kind: str, data: dict[str, Any], attributes: Any) -> None:
    say = call.report("mailbox", "add", f"{kind}_templates", data, None)
    with say.refusals():
        name = data.get("template")
        if empty(name):
            raise Refused("template_name_invalid")
        if call.database.row("SELECT id FROM templates WHERE type = %s AND template = %s", kind, name):
            raise Refused("template_exists", name)
        stored = json.dumps(attributes(data))
        call.database.insert("templates", {"type": kind, "template": name, "attributes": stored})
        say.success("template_added", name)


def _domain_attributes(data: dict[str, Any]) -> Row:
    made = dict(_DOMAIN)
    for name in ("max_num_aliases_for_domain", "max_num_mboxes_for_domain"):
        made[name] = integer(filled(data, name, made[name]))
    for name in _QUOTAS:
        made[name] = integer(filled(data, name, made[name] // MIB)) * MIB
    for name in ("active", "gal", "backupmx", "relay_all_recipients", "relay_unknown_only", "key_size"):
        made[name] = number(data, name, made[name])
    for name in ("rl_frame", "rl_value"):
        made[name] = filled(data, name, made[name])
    for name in ("tags", "dkim_selector"):
        made[name] = data[name] if given(data, name) else made[name]
    return made


def _mailbox_attributes(data: dict[str, Any]) -> Row:
    made = {**_MAILBOX, "quota": number(data, "quota", 0) * MIB, "tagged_mail_handler": "none"}
    for name in ("tagged_mail_handler", "quarantine_notification", "quarantine_category", "rl_frame", "rl_value"):
        made[name] = filled(data, name, made[name])
    if made["quarantine_category"] not in ("add_header", "reject", "all"):
        raise Refused("quarantine_category_invalid")
    for name in ("force_pw_update", "force_tfa", "sogo_access", "active", "tls_enforce_in", "tls_enforce_out"):
        made[name] = number(data, name, made[name])
    made["tags"] = data["tags"] if given(data, "tags") else []
    made.update(chosen_protocols(data))
    names = (*ACLS, "pw_reset") if given(data, "acl") else ACLS
    made.update({f"acl_{name}": int(name in cast_list(data.get("acl"))) for name in names})
    return made


def chosen_protocols(data: dict[str, Any]) -> Row:
    """Flags that a ``protocol_access`` list stands for; nothing when the list is left out."""
    if not given(data, "protocol_access"):
        return {}
    chosen = cast_list(data["protocol_access"])
    return {f"{protocol}_access": int(protocol in chosen) for protocol in PROTOCOLS}


def delete_domain(call: Call, items: Any, _: str) -> None:
    """``delete/domain/template``: handles the first id only, and says success for any."""
    say = call.report("mailbox", "delete", "domain_templates", {"ids": items}, None)
    for identifier in each(items)[:1]:
        _delete(call, "domain", identifier)
        say.success("template_removed", str(identifier))


def delete_mailbox(call: Call, items: Any, _: str) -> None:
    """``delete/mailbox/template``."""
    for identifier in each(items):
        _delete(call, "mailbox", identifier)
    call.report("mailbox", "delete", "mailbox_templates", {"ids": items}, None).success("template_removed")


def _delete(call: Call, kind: str, identifier: Any) -> None:
    call.database.run("DELETE FROM templates WHERE id = %s AND type = %s AND NOT template = 'Default'", identifier, kind)
