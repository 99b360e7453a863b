"""What all connections share: from a request to its answer, whatever happens behind."""

from __future__ import annotations

import json
import time
from http.cookies import SimpleCookie
from typing import Any

import pymysql
import redis as redis_client

from . import backend_login, cors, pages, routing, sessions
from .access import Denied, check_key, client_address
from .answers import Answer, unreachable
from .call import Call
from .database import Pool
from .errors import Crash, Unreachable
from .requests import Request
from .settings import Settings


class Service:
    """What all connections share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pool = Pool(settings)
        self.redis = connect_redis(settings)

    def answer(self, request: Request, peer: str, only_logins: bool = False) -> Answer:
        """Answer to one request, whatever happens behind."""
        try:
            self.redis.ping()
            with self.pool.database() as database:
                call = Call(self.settings, database, self.redis, _address(request, peer))
                if only_logins:
                    return backend_login.answer(call, request)
                is_api = request.path.startswith("/api/v1/")
                return self._api(call, request) if is_api else pages.answer(call, request)
        except Unreachable as gone:
            return unreachable(gone.what, gone.why)
        except redis_client.RedisError as gone:
            return unreachable("Redis", getattr(gone.__context__, "strerror", None) or str(gone))

    def _api(self, call: Call, request: Request) -> Answer:
        cookie = _cookie(request)
        session = sessions.load(self.redis, cookie)
        try:
            self._recognise(call, request, session)
        except Denied as denied:
            return denied.answer
        result = self._answered(call, request, session)
        identifier = cookie if session.pop("known", False) else sessions.new_identifier()
        sessions.store(self.redis, identifier, session)
        result.headers.append(("Set-Cookie", f"{sessions.COOKIE}={identifier}; path=/; HttpOnly; SameSite=Lax"))
        return result

    def _recognise(self, call: Call, request: Request, session: dict[str, Any]) -> None:
        """Set role and access by key, or by what the session remembers."""
        session["known"] = bool(session)
        call.entries = session.pop("entries", [])
        key = request.headers.get("x-api-key", "")
        if key:
            session["access"] = check_key(call.database, call.redis, key, call.address)
        call.access = session.get("access", "")
        call.role = "admin" if call.access else ""

    def _answered(self, call: Call, request: Request, session: dict[str, Any]) -> Answer:
        headers = cors.headers(call, request)
        try:
            result = cors.preflight(call, request) or _fetch_refused(request) or self._routed(call, request)
        except (Crash, pymysql.DataError, pymysql.IntegrityError, pymysql.OperationalError) as crash:
            session["entries"] = [*call.entries, _last_words(crash)]
            result = Answer()
        result.headers.extend(headers)
        return result

    def _routed(self, call: Call, request: Request) -> Answer:
        _remember(call, request)
        return routing.answer(call, request)


def connect_redis(settings: Settings) -> redis_client.Redis[str]:
    """Client of the Redis server; connects when first used."""
    return redis_client.Redis(
        host=settings.redis_host,
        port=settings.redis_port,
        password=settings.redis_password or None,
        decode_responses=True,
        socket_connect_timeout=5,
    )


def _address(request: Request, peer: str) -> str:
    return client_address(peer, request.headers.get("x-real-ip", ""), request.headers.get("x-forwarded-for", ""))


def _cookie(request: Request) -> str:
    found = SimpleCookie(request.headers.get("cookie", "")).get(sessions.COOKIE)
    return found.value if found else ""


def _fetch_refused(request: Request) -> Answer | None:
    return Answer(403) if request.headers.get("sec-fetch-dest", "empty") != "empty" else None


def _last_words(crash: Exception) -> dict[str, Any]:
    """The entry that a crash leaves in the session, for the next call with its cookie."""
    if isinstance(crash, pymysql.MySQLError):
        state = "23000" if isinstance(crash, pymysql.IntegrityError) else "22001"
        message: Any = ["mysql_error", {"errorInfo": [state, *crash.args]}]
    else:
        message = f"An unknown error occured: {crash}"
    return {"type": "danger", "log": ["exception_handler"], "msg": message}


def _remember(call: Call, request: Request) -> None:
    """Write the API log that ``get/logs/api`` reads."""
    fields = {name: _without_passwords(value) for name, value in request.fields.items()}
    line = {
        "time": int(time.time()),
        "uri": request.path,
        "method": request.method,
        "remote": call.address,
        "data": ", ".join(f"{name}='{json.dumps(value)}'" for name, value in fields.items()),
    }
    call.redis.lpush("API_LOG", json.dumps(line))
    call.redis.ltrim("API_LOG", 0, 9999)


def _without_passwords(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: "*" if "pass" in key.lower() else item for key, item in value.items()}
