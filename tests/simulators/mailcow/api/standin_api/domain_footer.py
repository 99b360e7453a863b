"""The text that is put below the mail of a whole domain."""

from __future__ import annotations

import json
from typing import Any

from .call import Call, Report
from .database import Row
from .errors import Stopped
from .loose import cast_list, each, escaped, integer, trimmed
from .names import a_label, is_address, is_domain


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/domain/footer``: replaces the whole footer; stops at the first bad domain."""
    data = {"domains": items, **attributes}
    say = call.report("mailbox", "edit", "domain_wide_footer", data, None)
    footer = {
        "html": data.get("html") or "",
        "plain": data.get("plain") or "",
        "skip_replies": integer(data.get("skip_replies")),
        **_excluded(say, cast_list(data.get("exclude"))),
    }
    for item in each(data["domains"]):
        name = a_label(trimmed(item))
        if not call.knows_domain(name):
            say.add("danger", "access_denied" if is_domain(name) else "domain_invalid")
            raise Stopped
        call.database.delete("domain_wide_footer", "domain", name)
        call.database.insert("domain_wide_footer", {"domain": name, **footer})
        say.success("domain_footer_modified", escaped(name))


def _excluded(say: Report, listed: list[Any]) -> Row:
    database = say.call.database
    addresses, domains = [], []
    for name in listed:
        if is_address(name) and database.row("SELECT address FROM alias WHERE address = %s", name):
            addresses.append(name)
        elif is_domain(name) and database.row("SELECT 1 FROM alias_domain WHERE alias_domain = %s", name):
            domains.append(name)
        else:
            say.add("danger", "username_invalid", name)
    return {"mbox_exclude": json.dumps(addresses), "alias_domain_exclude": json.dumps(domains)}
