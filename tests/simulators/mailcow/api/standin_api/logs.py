"""Logs, newest first; most are lists in Redis that the services write."""

from __future__ import annotations

import json
import re
from typing import Any

from .answers import Answer, error
from .call import Call
from .requests import Request

_LISTS = {
    "dovecot": "DOVECOT_MAILLOG", "postfix": "POSTFIX_MAILLOG", "sogo": "SOGO_LOG", "netfilter": "NETFILTER_LOG",
    "watchdog": "WATCHDOG_LOG", "acme": "ACME_LOG", "api": "API_LOG", "ratelimited": "RL_LOG",
    "autodiscover": "AUTODISCOVER_LOG", "cron": "CRON_LOG",
}  # fmt: skip
_NEVER_WRITTEN = ("ui", "rspamd-history", "rspamd-stats")
_USUAL = 100


def read(call: Call, request: Request) -> Any:
    """``get/logs/<name>[/<count>|/<first>-<last>]``."""
    name = request.part(2)
    first, last = _range(re.sub(r"[^\d-]", "", request.part(3)))
    if name == "sasl":
        return _logins(call, first, last)
    if name in _LISTS:
        return [json.loads(line) for line in call.redis.lrange(_LISTS[name], first, last)] if last >= first else []
    return [] if name in _NEVER_WRITTEN else _unknown()


def _unknown() -> Answer:
    return error(404, "route not found")


def _range(asked: str) -> tuple[int, int]:
    """First and last index of the lines asked for, by a count or by a range that starts at 1."""
    start, dash, end = asked.partition("-")
    if dash and start and end:
        return int(start) - 1, int(end) - 1
    return 0, (int(start) if start else _USUAL) - 1


def _logins(call: Call, first: int, last: int) -> list[dict[str, Any]]:
    sql = "SELECT service, app_password, username, real_rip, `datetime` FROM sasl_log ORDER BY `datetime` DESC"
    return call.database.rows(sql)[first : last + 1]
