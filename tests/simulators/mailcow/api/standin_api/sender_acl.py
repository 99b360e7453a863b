"""Who may send as whom."""

from __future__ import annotations

from typing import Any

from .call import Call, Report
from .database import Row
from .loose import cast_list, given, text, words
from .names import is_address, is_domain, split_address


def edit(say: Report, address: str, data: Row) -> None:
    """Save the lists of a mailbox that are in the request; each bad entry is told and left out."""
    if given(data, "extended_sender_acl"):
        _save_external(say, address, words(data["extended_sender_acl"]))
    if given(data, "sender_acl"):
        _save_internal(say, address, cast_list(data["sender_acl"]))


def _save_external(say: Report, address: str, listed: list[str]) -> None:
    kept = [_external(say, entry.lstrip("@")) for entry in listed if entry]
    say.call.database.run("DELETE FROM sender_acl WHERE external = 1 AND logged_in_as = %s", address)
    for entry in dict.fromkeys(filter(None, kept)):
        say.call.database.insert("sender_acl", {"send_as": entry, "logged_in_as": address, "external": 1})


def _external(say: Report, entry: str) -> str:
    """The entry as it is stored; empty when it is refused, for it must lie outside this server."""
    as_address = is_address(entry)
    if not as_address and not is_domain(entry):
        say.add("danger", "extra_acl_invalid", entry)
        return ""
    domain = split_address(entry)[1] if as_address else entry
    if say.call.knows_domain(domain):
        say.add("danger", "extra_acl_invalid_domain", domain)
        return ""
    return entry if as_address else f"@{entry}"


def _save_internal(say: Report, address: str, listed: list[Any]) -> None:
    call = say.call
    kept = [_internal(say, entry) for entry in _wanted(listed)]
    merged = [entry for entry in kept if entry] + _foreign(call, address)
    call.database.run("DELETE FROM sender_acl WHERE external = 0 AND logged_in_as = %s", address)
    allowed = call.database.column(
        "SELECT address FROM alias WHERE FIND_IN_SET(%s, goto) AND address NOT LIKE '@%%' AND sender_allowed = 1", address
    )
    for entry in ["*"] if "*" in merged else merged:
        stored = f"@{entry.lstrip('@')}" if is_domain(entry.lstrip("@")) else entry
        if stored not in allowed:
            call.database.insert("sender_acl", {"send_as": stored, "logged_in_as": address})


def _wanted(listed: list[Any]) -> list[Any]:
    if "*" in listed:
        return ["*"]
    return [entry for entry in listed if entry != "default"]


def _internal(say: Report, entry: Any) -> str:
    """The entry, empty when it is refused: an unknown domain or address."""
    value = text(entry)
    domain = value.lstrip("@")
    fits = value == "*" or (say.call.knows_domain(domain) if is_domain(domain) else False)
    if fits or (is_address(value) and say.call.knows_alias(value)):
        return value
    say.add("danger", "sender_acl_invalid", value)
    return ""


def _foreign(call: Call, address: str) -> list[str]:
    """Entries of this mailbox whose domain or address is gone; they stay."""
    sql = "SELECT send_as FROM sender_acl WHERE external = 0 AND logged_in_as = %s AND send_as != '*'"
    found = []
    for entry in call.database.column(sql, address):
        known = call.knows_alias(entry) if is_address(entry) else call.knows_domain(entry.lstrip("@"))
        found += [] if known else [entry]
    return found
