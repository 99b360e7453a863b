"""When, by what and from where a mailbox was opened."""

from __future__ import annotations

import ipaddress

from .call import Call
from .database import Row
from .loose import integer
from .requests import Request


def read(call: Call, request: Request) -> Row:
    """``get/last-login/<address>[/<days>]``."""
    hours = max(1, integer(request.part(3) or "7")) * 24
    rows = call.database.rows(
        "SELECT real_rip, MAX(`datetime`) AS `datetime`, service, app_password,"
        " (SELECT name FROM app_passwd a WHERE a.id = app_password) AS app_password_name FROM sasl_log"
        " WHERE username = %s AND `datetime` > DATE_SUB(NOW(), INTERVAL %s HOUR)"
        " GROUP BY real_rip, service, app_password ORDER BY `datetime` DESC",
        request.part(2),
        hours,
    )
    return {"ui": False, "sasl": [{**row, "real_rip": _shown(row["real_rip"])} for row in rows]}


def _shown(address: str) -> str:
    return address if ipaddress.ip_address(address).is_global else f"Web/EAS/Internal ({address})"


def reset(call: Call, request: Request) -> bool:
    """``get/reset-last-login/<address>``: a get that deletes."""
    call.database.delete("sasl_log", "username", request.part(2))
    return True
