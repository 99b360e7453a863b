"""What happens at every start, before the first call: tables, default rows, API keys, Redis' maps."""

from __future__ import annotations

import json
import secrets
import time
from importlib import resources
from typing import Any

import redis as redis_client

from .database import Database, connect
from .errors import Unreachable
from .passwords import hashed, set_default_policy
from .service import connect_redis
from .settings import Settings
from .templates import insert_defaults

_PATIENCE = 120.0
_F2B_OPTIONS: dict[str, Any] = {
    "ban_time": 1800,
    "max_ban_time": 10000,
    "ban_time_increment": True,
    "max_attempts": 10,
    "retry_window": 600,
    "netban_ipv4": 32,
    "netban_ipv6": 128,
    "banlist_id": "",
    "manage_external": 0,
}
_F2B_REGEX = {
    "1": r"mailcow UI: Invalid password for .+ by ([0-9a-f\.:]+)",
    "2": r"Rspamd UI: Invalid password by ([0-9a-f\.:]+)",
}


def prepare(settings: Settings) -> None:
    """Make the servers behind the API ready for it; safe to run again at any point."""
    database = Database(_patiently(lambda: connect(settings)))
    redis = connect_redis(settings)
    _patiently(redis.ping)
    _make_tables(database)
    _insert_administrator(database)
    insert_defaults(database)
    _replace_keys(database, settings)
    _fill_redis(database, redis)
    database.connection.close()


def _patiently(ask: Any) -> Any:
    """Answer of a server that may still be starting."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return ask()
        except (Unreachable, redis_client.RedisError) as error:
            if time.monotonic() > end:
                raise SystemExit(f"no answer within {_PATIENCE:.0f} s: {error!r}") from error
            time.sleep(0.5)


def _make_tables(database: Database) -> None:
    script = resources.files(__package__).joinpath("schema.sql").read_text()
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    for statement in filter(str.strip, "\n".join(lines).split(";\n")):
        database.run(statement.strip().removesuffix(";"))


def _insert_administrator(database: Database) -> None:
    """Insert the well-known first administrator of a fresh server."""
    if database.value("SELECT COUNT(*) FROM admin WHERE superadmin = '1'") == 0:
        values = {"username": "admin", "password": hashed("moohoo"), "superadmin": 1, "active": 1}
        database.insert("admin", values)


def _replace_keys(database: Database, settings: Settings) -> None:
    """Delete and insert the key of each kind that is set; without an allow list none is set."""
    for access, key in settings.keys.items() if settings.allowed_networks else ():
        database.delete("api", "access", access)
        row = {"api_key": key, "active": 1, "allow_from": settings.allowed_networks, "access": access}
        database.insert("api", row)


def _fill_redis(database: Database, redis: Any) -> None:
    set_default_policy(redis)
    redis.setnx("F2B_OPTIONS", json.dumps({**_F2B_OPTIONS, "banlist_id": _uuid()}))
    redis.setnx("F2B_REGEX", json.dumps(_F2B_REGEX))
    names = database.column("SELECT domain FROM domain UNION SELECT alias_domain FROM alias_domain")
    redis.delete("DOMAIN_MAP")
    if names:
        redis.hset("DOMAIN_MAP", mapping=dict.fromkeys(names, "1"))


def _uuid() -> str:
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
