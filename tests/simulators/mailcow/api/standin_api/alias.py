"""Adding and deleting aliases, and what adding and editing share."""

from __future__ import annotations

from typing import Any

from .alias_view import details
from .call import Call, Report
from .database import Row
from .domain_view import details as domain_details
from .errors import Refused, Stopped
from .loose import each, empty, escaped, given, integer, text, words
from .names import is_address, split_address

SPECIAL = {"goto_null": "null@localhost", "goto_spam": "spam@localhost", "goto_ham": "ham@localhost"}
_COMMENT_BYTES = 160
FLAGS = ("active", "sogo_visible", "internal", "sender_allowed")


def add(call: Call, data: Row) -> bool | None:
    """``add/alias``: one alias for each address in the text; flags that are left out are 0."""
    say = call.report("mailbox", "add", "alias", data, None)
    addresses, gotos = words(data.get("address")), words(data.get("goto"))
    with say.refusals():
        _check(data, addresses, gotos)
        goto = special_goto(data) or ",".join(_good_gotos(say, gotos))
        if not goto:
            return False
        fields = {
            "goto": goto,
            "public_comment": data.get("public_comment"),
            "private_comment": data.get("private_comment"),
            **{flag: integer(data.get(flag)) for flag in FLAGS},
        }
        fresh = [address for address in addresses if address and address not in gotos]
        say.for_each(fresh, lambda address: _add_one(say, address, fields))
    return None


def _check(data: Row, addresses: list[str], gotos: list[str]) -> None:
    for comment in ("private_comment", "public_comment"):
        if len(text(data.get(comment)).encode()) > _COMMENT_BYTES:
            raise Refused("comment_too_long")
    if empty(addresses[0]):
        raise Refused("alias_empty")
    if empty(gotos[0]) and sum(integer(data.get(name)) for name in SPECIAL) == 0:
        raise Refused("goto_empty")


def special_goto(data: Row) -> str:
    """Address that stands for dropping mail, learning it as spam or as no spam; empty for an ordinary alias."""
    chosen = [address for name, address in SPECIAL.items() if given(data, name) and integer(data[name]) == 1]
    return chosen[0] if chosen else ""


def _good_gotos(say: Report, gotos: list[str]) -> list[str]:
    kept = []
    for goto in filter(None, gotos):
        address = "@".join(split_address(goto))
        resource = "SELECT username FROM mailbox WHERE kind REGEXP 'location|thing|group' AND username = %s"
        if say.call.database.row(resource, address) or not is_address(address):
            say.add("danger", "goto_invalid", escaped(address))
        else:
            kept.append(address)
    return list(dict.fromkeys(kept))


def _add_one(say: Report, wanted: str, fields: Row) -> None:
    call = say.call
    local_part, domain = split_address(wanted)
    address = f"{local_part}@{domain}"
    target = domain_details(call, domain)
    if target and target["aliases_left"] == 0:
        say.add("danger", "max_alias_exceeded")
        raise Stopped
    check_address(call, address)
    if not is_address(address) and local_part:
        raise Refused("alias_invalid", address)
    made = call.database.insert("alias", {"address": address, "domain": domain, **fields})
    say.success("alias_added", address, str(made))


def check_address(call: Call, address: str, own: str = "") -> None:
    """Refuse an address that is taken or lies outside.

    Args:
        own: address that the alias has now, which is not in its own way.
    """
    local_part, domain = split_address(address)
    taken = (
        "SELECT address FROM alias WHERE address = %s OR address IN (SELECT username FROM mailbox, alias_domain"
        " WHERE alias_domain = %s AND username = CONCAT(%s, '@', target_domain))"
    )
    if own.lower() != address.lower() and call.database.row(taken, address, domain, local_part):
        raise Refused("is_alias_or_mailbox", escaped(address))
    if not call.knows_domain(domain):
        raise Refused("domain_not_found", escaped(domain))
    if call.database.row("SELECT address FROM spamalias WHERE address = %s", address):
        raise Refused("is_spam_alias", escaped(address))


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/alias`` by id or address; a missing one is ``access_denied``."""
    say = call.report("mailbox", "delete", "alias", {"id": items}, None)

    def delete_one(item: Any) -> None:
        now = details(call, item)
        if now is None:
            raise Refused("access_denied")
        call.database.delete("alias", "id", now["id"])
        call.database.delete("sender_acl", "send_as", now["address"])
        say.success("alias_removed", escaped(now["address"]))

    say.for_each(each(items), delete_one)
