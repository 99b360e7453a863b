"""Adding, editing and deleting domains."""

from __future__ import annotations

from typing import Any

from . import dkim, ratelimit, tags
from .call import Call, Report
from .database import Row
from .domain_view import details
from .errors import Refused
from .loose import cast_list, each, empty, escaped, filled, given, greater, integer, number, trimmed
from .names import a_label, is_domain
from .templates import MIB, defaults

_FLAGS = ("active", "gal", "backupmx", "relay_all_recipients", "relay_unknown_only")


def add(call: Call, data: Row) -> None:
    """``add/domain``. Quotas are MiB; what is left out comes from the template."""
    say = call.report("mailbox", "add", "domain", data, None)
    with say.refusals():
        if not call.role:
            raise Refused("access_denied")
        template = defaults(call, "domain", data.get("template"))
        row = _new_row(data, template)
        _check_new(call, row)
        name = row["domain"]
        call.database.run("DELETE FROM sender_acl WHERE external = 1 AND send_as LIKE %s", f"%@{name}")
        call.database.insert("domain", row)
        chosen = cast_list(data["tags"]) if given(data, "tags") else template["tags"]
        tags.add(say, "tags_domain", "domain", name, chosen)
        call.redis.hset("DOMAIN_MAP", name, "1")
        _limit_new(call, name, data, template)
        _sign_new(say, name, data, template)
        say.success("domain_added", escaped(name))


def _new_row(data: Row, template: Row) -> Row:
    name = a_label(trimmed(data.get("domain")))
    return {
        "domain": name,
        "description": filled(data, "description", name),
        "aliases": number(data, "aliases", template["max_num_aliases_for_domain"]),
        "mailboxes": number(data, "mailboxes", template["max_num_mboxes_for_domain"]),
        "defquota": number(data, "defquota", template["def_quota_for_mbox"] // MIB),
        "maxquota": number(data, "maxquota", template["max_quota_for_mbox"] // MIB),
        "quota": number(data, "quota", template["max_quota_for_domain"] // MIB),
        **_forced({flag: number(data, flag, template[flag]) for flag in _FLAGS}),
    }


def _forced(flags: Row) -> Row:
    """Relaying of unknown recipients only implies relaying of all, which implies being a backup."""
    if flags["relay_unknown_only"] == 1:
        flags["relay_all_recipients"] = 1
    if flags["relay_all_recipients"] == 1:
        flags["backupmx"] = 1
    return flags


def _check_new(call: Call, row: Row) -> None:
    if row["defquota"] > row["maxquota"]:
        raise Refused("mailbox_defquota_exceeds_mailbox_maxquota")
    if row["maxquota"] > row["quota"]:
        raise Refused("mailbox_quota_exceeds_domain_quota")
    for quota in ("defquota", "maxquota"):
        if row[quota] == 0:
            raise Refused(f"{quota}_empty")
    if not is_domain(row["domain"]):
        raise Refused("domain_invalid")
    if call.knows_domain(row["domain"]):
        raise Refused("domain_exists", escaped(row["domain"]))
    if row["domain"] == call.settings.host_name:
        raise Refused("domain_cannot_match_hostname")


def _limit_new(call: Call, name: str, data: Row, template: Row) -> None:
    value = integer(data["rl_value"]) if given(data, "rl_value") else template["rl_value"]
    frame = data["rl_frame"] if given(data, "rl_frame") else template["rl_frame"]
    if not empty(value) and not empty(frame):
        ratelimit.save(call, "domain", {"rl_value": value, "rl_frame": frame, "object": name})


def _sign_new(say: Report, name: str, data: Row, template: Row) -> None:
    size = number(data, "key_size", template["key_size"])
    selector = data["dkim_selector"] if given(data, "dkim_selector") else template["dkim_selector"]
    sign(say, name, size, selector)


def sign(say: Report, name: str, size: Any, selector: Any) -> None:
    """Make a DKIM key for a new domain, unless one is left from an earlier domain of this name."""
    if empty(size) or empty(selector):
        return
    if say.call.redis.hget("DKIM_SELECTORS", name):
        say.success("domain_add_dkim_available")
    else:
        dkim.add(say.call, {"key_size": size, "dkim_selector": selector, "domains": name})


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/domain``. Tags are added to those there; one that is there kills the call."""
    data = {"domain": items, **attributes}
    say = call.report("mailbox", "edit", "domain", data, None)

    def edit_one(item: Any) -> None:
        name = a_label(item)
        now = details(call, name) if is_domain(name) else None
        if now is None:
            raise Refused("domain_invalid")
        row = _edited_row(data, now)
        _check_edited(call, name, row)
        call.database.update("domain", row, "domain", name)
        tags.add(say, "tags_domain", "domain", name, data["tags"] if isinstance(data.get("tags"), list) else [])
        say.success("domain_modified", escaped(name))

    say.for_each(each(data["domain"]), edit_one)


def _edited_row(data: Row, now: Row) -> Row:
    return {
        "aliases": filled(data, "aliases", now["max_num_aliases_for_domain"]),
        "mailboxes": _unless_blank(data, "mailboxes", now["max_num_mboxes_for_domain"]),
        "defquota": _unless_blank(data, "defquota", now["def_quota_for_mbox"] // MIB),
        "maxquota": filled(data, "maxquota", now["max_quota_for_mbox"] // MIB),
        "quota": filled(data, "quota", now["max_quota_for_domain"] // MIB),
        "relayhost": number(data, "relayhost", now["relayhost"]),
        "description": filled(data, "description", now["description"]),
        **_forced({flag: number(data, flag, now[flag]) for flag in _FLAGS}),
    }


def _unless_blank(data: Row, key: str, default: int) -> int:
    return default if data.get(key) in (None, "") else integer(data[key])


def _check_edited(call: Call, name: str, row: Row) -> None:
    if greater(row["defquota"], row["maxquota"]):
        raise Refused("mailbox_defquota_exceeds_mailbox_maxquota")
    if row["defquota"] == 0:
        raise Refused("defquota_empty")
    if greater(row["maxquota"], row["quota"]):
        raise Refused("mailbox_quota_exceeds_domain_quota")
    used = _used(call, name)
    for message, limit in (
        ("max_quota_in_use", "maxquota"),
        ("domain_quota_m_in_use", "quota"),
        ("mailboxes_in_use", "mailboxes"),
        ("aliases_in_use", "aliases"),
    ):
        if greater(used[message] or 0, row[limit]):
            raise Refused(message, used[message])


def _used(call: Call, name: str) -> Row:
    found = call.database.row(
        "SELECT COUNT(*) AS mailboxes_in_use, MAX(COALESCE(ROUND(quota / 1048576), 0)) AS max_quota_in_use,"
        " COALESCE(ROUND(SUM(quota) / 1048576), 0) AS domain_quota_m_in_use"
        " FROM mailbox WHERE kind = '' AND domain = %s",
        name,
    )
    aliases = call.database.value("SELECT COUNT(*) FROM alias WHERE domain = %s AND address NOT IN (SELECT username FROM mailbox)", name)
    return {**(found or {}), "aliases_in_use": aliases}
