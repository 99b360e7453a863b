"""Sessions: every call makes one, and a client that keeps the cookie is an administrator without a key."""

from __future__ import annotations

import json
import secrets
from typing import Any

from redis import Redis

COOKIE = "MCSESSID"
_SECONDS = 3 * 3600


def load(redis: Redis[str], identifier: str) -> dict[str, Any]:
    """What the session of a cookie holds; nothing when it is unknown."""
    stored = redis.get(f"PHPREDIS_SESSION:{identifier}") if identifier else None
    return dict(json.loads(stored)) if stored else {}


def store(redis: Redis[str], identifier: str, session: dict[str, Any]) -> None:
    """Keep a session for the next call with its cookie."""
    redis.setex(f"PHPREDIS_SESSION:{identifier}", _SECONDS, json.dumps(session))


def new_identifier() -> str:
    """A name for a new session."""
    return secrets.token_hex(16)
