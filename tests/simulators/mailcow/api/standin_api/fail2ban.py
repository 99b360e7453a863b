"""Settings and lists of netfilter, the ban service; they live in Redis, where netfilter reads them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from .call import Call, Report
from .database import Row
from .errors import Refused
from .loose import cast_list, empty, escaped, given, integer, natural, number, text, words
from .names import is_host, is_network
from .requests import Request


def read(call: Call, request: Request | None = None) -> Row:
    """``get/fail2ban``."""
    redis = call.redis
    options: Row = json.loads(redis.get("F2B_OPTIONS") or "{}")
    options["regex"] = json.loads(redis.get("F2B_REGEX") or "null")
    options["whitelist"] = _listed(call, "F2B_WHITELIST")
    options["blacklist"] = _listed(call, "F2B_BLACKLIST")
    permanent = [{"network": name, "ip": _first(name)} for name in redis.hkeys("F2B_PERM_BANS")]
    active = _active_bans(call)
    return {**options, **({"perm_bans": permanent} if permanent else {}), **({"active_bans": active} if active else {})}


def _listed(call: Call, key: str) -> str:
    return "\n".join(sorted(call.redis.hkeys(key), key=natural))


def _first(network: str) -> str:
    return network.partition("/")[0]


def _active_bans(call: Call) -> list[Row]:
    queued = call.redis.hgetall("F2B_QUEUE_UNBAN")
    return [
        {
            "queued_for_unban": int(queued.get(network) == "1"),
            "network": network,
            "ip": _first(network),
            "banned_until": _time_left(integer(until) - int(time.time())),
        }
        for network, until in call.redis.hgetall("F2B_ACTIVE_BANS").items()
    ]


def _time_left(seconds: int) -> str:
    return f"{seconds // 3600:02d}h {seconds // 60 % 60:02d}m {seconds % 60:02d}s"


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/fail2ban``: settings, or with ``action`` one of the lists."""
    data = {"network": items, **attributes}
    say = call.report("fail2ban", "edit", data)
    if not given(data, "action"):
        _edit_settings(say, data)
    elif data["action"] == "edit-regex":
        _edit_expressions(say, data)
    elif not empty(data["network"]):
        _act(say, data["action"], cast_list(data["network"]))


def _edit_expressions(say: Report, data: Row) -> None:
    numbered = {str(index): value for index, value in enumerate(cast_list(data.get("regex")), start=1)}
    if numbered:
        say.call.redis.set("F2B_REGEX", json.dumps(numbered))
    say.success("object_modified", "")


def _act(say: Report, action: Any, networks: list[Any]) -> None:
    redis = say.call.redis

    def act(network: Any) -> None:
        if action == "unban" and is_network(network):
            redis.hset("F2B_QUEUE_UNBAN", network, "1")
        elif action == "whitelist":
            _move(say.call, network, "F2B_BLACKLIST", "F2B_WHITELIST", is_network)
            redis.hset("F2B_QUEUE_UNBAN", network, "1")
        elif action == "blacklist":
            _move(say.call, network, "F2B_WHITELIST", "F2B_BLACKLIST", _bannable(say.call))
        say.success("object_modified", escaped(network))

    say.for_each(filter(None, networks), act)


def _move(call: Call, network: Any, source: str, target: str, fits: Callable[[Any], bool]) -> None:
    if not fits(network):
        raise Refused("network_host_invalid", network)
    call.redis.hset(target, network, "1")
    call.redis.hdel(source, network)


def _bannable(call: Call) -> Callable[[Any], bool]:
    return lambda network: is_network(network) and network not in call.settings.own_networks


def _edit_settings(say: Report, data: Row) -> None:
    """Save all settings; two of them turn off unless sent, and each list is rewritten with what is good."""
    call = say.call
    now = read(call)
    wanted = {name: number(data, name, now.get(name)) for name in
              ("ban_time", "max_ban_time", "netban_ipv4", "netban_ipv6", "max_attempts", "retry_window")}  # fmt: skip
    options = {
        "ban_time": max(60, wanted["ban_time"]),
        "ban_time_increment": given(data, "ban_time_increment") and integer(data["ban_time_increment"]) == 1,
        "max_ban_time": max(60, wanted["max_ban_time"]),
        "netban_ipv4": min(32, wanted["netban_ipv4"]),
        "netban_ipv6": min(128, wanted["netban_ipv6"]),
        "max_attempts": max(1, wanted["max_attempts"]),
        "retry_window": max(1, wanted["retry_window"]),
        "banlist_id": now.get("banlist_id"),
        "manage_external": int(integer(data.get("manage_external")) > 0),
    }
    call.redis.set("F2B_OPTIONS", json.dumps(options))
    lists: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
        ("whitelist", "F2B_WHITELIST", lambda entry: is_network(entry) or is_host(entry)),
        ("blacklist", "F2B_BLACKLIST", _bannable(call)),
    )
    for name, key, fits in lists:
        _rewrite(say, key, text(data[name] if given(data, name) else now[name]), fits)
    say.success("f2b_modified")


def _rewrite(say: Report, key: str, listed: str, fits: Callable[[Any], bool]) -> None:
    say.call.redis.delete(key)
    for entry in filter(None, words(listed)):
        if fits(entry):
            say.call.redis.hset(key, entry, "1")
        else:
            say.add("danger", "network_host_invalid", entry)
