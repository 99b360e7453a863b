"""Cross-origin headers, on every answer of the API."""

from __future__ import annotations

from typing import Any

from .answers import HTML, Answer
from .call import Call
from .errors import Refused
from .loose import each, given, trimmed, words
from .requests import Request

_METHODS = ["GET", "POST", "PUT", "DELETE"]


def headers(call: Call, request: Request) -> list[tuple[str, str]]:
    """Headers for this caller's origin."""
    origins, methods = _settings(call)
    origin = request.headers.get("origin", "").lower()
    allowed = "*" if "*" in origins else origin if origin and origin in origins else ""
    found = [("Access-Control-Allow-Origin", allowed)] if allowed else []
    vary = "Accept-Encoding" if allowed == "*" else "Accept-Encoding, Origin"
    return [
        *found,
        ("Vary", vary),
        ("Access-Control-Allow-Methods", f"{methods}, OPTIONS"),
        ("Access-Control-Allow-Headers", "Accept, Content-Type, X-Api-Key, Origin"),
    ]


def preflight(call: Call, request: Request) -> Answer | None:
    """Answer to a browser's question before the call itself."""
    wanted = request.headers.get("access-control-request-method")
    if request.method != "OPTIONS" or wanted is None or "access-control-request-headers" not in request.headers:
        return None
    _, methods = _settings(call)
    return Answer(200 if wanted in methods.split(", ") else 405, "", HTML)


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """``edit/cors``."""
    say = call.report("cors", "edit", attributes)
    with say.refusals():
        origins = _origins(call, attributes)
        methods = _wanted_methods(attributes)
        call.redis.hset(
            "CORS_SETTINGS",
            mapping={"allowed_origins": ", ".join(origins), "allowed_methods": ", ".join(methods)},
        )
        say.success("cors_headers_edited")


def _origins(call: Call, attributes: dict[str, Any]) -> list[str]:
    if not given(attributes, "allowed_origins"):
        return [f"https://{call.settings.host_name}"]
    value = attributes["allowed_origins"]
    listed = each(value) if isinstance(value, list) else [line for line in trimmed(value).split("\n") if line]
    for origin in listed:
        if origin != "*" and not trimmed(origin).lower().startswith(("http://", "https://")):
            raise Refused("cors_invalid_origin")
    return [trimmed(origin).lower() for origin in listed]


def _wanted_methods(attributes: dict[str, Any]) -> list[str]:
    value = attributes.get("allowed_methods", _METHODS)
    listed = value if isinstance(value, list) else words(value)
    if any(method not in _METHODS for method in listed):
        raise Refused("cors_invalid_method")
    return listed


def _settings(call: Call) -> tuple[list[str], str]:
    kept = call.redis.hgetall("CORS_SETTINGS")
    origins = kept.get("allowed_origins") or f"https://{call.settings.host_name}"
    return origins.split(", "), kept.get("allowed_methods") or "GET, POST, PUT, DELETE, OPTION"
