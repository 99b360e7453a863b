"""From which score on mail to a mailbox counts as spam."""

from __future__ import annotations

import re
from typing import Any

from .call import Call
from .database import Row
from .errors import Refused
from .loose import each, numeric, text
from .requests import Request

# What the spam filter says by itself; upstream asks it.
_DEFAULT_SCORE = "8,15"


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/spam-score``: ``"low,high"`` or ``"default"``."""
    data = {"username": items, **attributes}
    say = call.report("mailbox", "edit", "spam_score", data, None)

    def edit_one(address: Any) -> None:
        if not call.knows_mailbox(address):
            raise Refused("access_denied")
        levels = _levels(data.get("spam_score"))
        call.database.run("DELETE FROM filterconf WHERE object = %s AND `option` LIKE '%%spamlevel'", address)
        for option, value in levels.items():
            call.database.insert("filterconf", {"object": address, "option": option, "value": value})
        say.success("mailbox_modified", address)

    say.for_each(each(data["username"]), edit_one)


def _levels(score: Any) -> dict[str, str]:
    if score == "default":
        return {}
    low, high = [*text(score).split(","), ""][:2]
    if not numeric(low) or not numeric(high):
        raise Refused('Invalid spam score, format must be "1,2" where first is low and second is high spam value.')
    return {"highspamlevel": str(float(high) + 0.1) if low == high else high, "lowspamlevel": low}


def read(call: Call, request: Request) -> Any:
    """``get/spam-score/<address>``."""
    address = request.part(2)
    if not call.knows_mailbox(address):
        return None
    sql = "SELECT `option`, value FROM filterconf WHERE object = %s AND `option` LIKE '%%spamlevel'"
    found = {row["option"]: row["value"] for row in call.database.rows(sql, address)}
    score = f"{found['lowspamlevel']},{found['highspamlevel']}" if found else _DEFAULT_SCORE
    return {"score": re.sub(r"\s+", "", score)}
