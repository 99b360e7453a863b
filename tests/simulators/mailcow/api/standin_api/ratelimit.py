"""Rate limits of domains and mailboxes; they live in Redis only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .call import Call
from .errors import Refused
from .loose import each, integer
from .requests import Request

_FRAMES = ("s", "m", "h", "d")


def edit_domain(call: Call, items: Any, attributes: dict[str, Any]) -> None:
    """``edit/rl-domain``."""
    save(call, "domain", {"object": items, **attributes})


def edit_mailbox(call: Call, items: Any, attributes: dict[str, Any]) -> None:
    """``edit/rl-mbox``."""
    save(call, "mailbox", {"object": items, **attributes})


def save(call: Call, scope: str, data: dict[str, Any]) -> None:
    """Set the limit of the objects in ``data``; 0 or nothing takes it away."""
    say = call.report("ratelimit", "edit", scope, data)
    known: Callable[[Any], bool] = call.knows_domain if scope == "domain" else call.knows_mailbox

    def save_one(item: Any) -> None:
        frame, value = data.get("rl_frame"), integer(data.get("rl_value"))
        if frame not in _FRAMES:
            raise Refused("rl_timeframe")
        if not known(item):
            raise Refused("access_denied")
        if value:
            call.redis.hset("RL_VALUE", item, f"{value} / 1{frame}")
        else:
            call.redis.hdel("RL_VALUE", item)
        say.success("rl_saved", item)

    say.for_each(each(data["object"]), save_one)


def limits(call: Call, names: list[str]) -> dict[str, Any]:
    """Limit of each name: value and frame as texts, or false."""
    stored = call.redis.hmget("RL_VALUE", names) if names else []
    return {name: _parsed(value) for name, value in zip(names, stored, strict=True)}


def _parsed(stored: str | None) -> Any:
    if not stored:
        return False
    value, _, frame = stored.partition(" / 1")
    return {"value": value, "frame": frame}


def read_domains(call: Call, request: Request) -> Any:
    """``get/rl-domain/<name>|all``."""
    if request.part(2) != "all":
        return call.knows_domain(request.part(2)) and limits(call, [request.part(2)])[request.part(2)]
    names = call.database.column("SELECT domain FROM domain ORDER BY domain")
    names += call.database.column("SELECT alias_domain FROM alias_domain ORDER BY alias_domain")
    return [{**limit, "domain": name} for name, limit in limits(call, names).items() if limit]


def read_mailboxes(call: Call, request: Request) -> Any:
    """``get/rl-mbox/<address>|all``."""
    if request.part(2) != "all":
        return call.knows_mailbox(request.part(2)) and limits(call, [request.part(2)])[request.part(2)]
    names = call.database.column("SELECT username FROM mailbox WHERE kind = '' ORDER BY domain, username")
    return [{**limit, "mailbox": name} for name, limit in limits(call, names).items() if limit]
