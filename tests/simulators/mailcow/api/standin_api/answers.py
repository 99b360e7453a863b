"""Answers as they go over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass
class Answer:
    """Status, type and text of an answer, and headers beside the usual ones."""

    status: int = 200
    body: str = ""
    content_type: str = JSON
    headers: list[tuple[str, str]] = field(default_factory=list)


def compact(value: Any) -> str:
    """JSON as answers to add, edit and delete have it: one line, only ASCII."""
    return json.dumps(arrays(value), separators=(",", ":")).replace("/", "\\/")


def pretty(value: Any) -> str:
    """JSON as answers to get and search have it: indented, Unicode as it is."""
    return json.dumps(arrays(value), indent=4, ensure_ascii=False).replace("/", "\\/")


def arrays(value: Any) -> Any:
    """``value`` with each mapping that is numbered from 0, or empty, turned into a list."""
    if isinstance(value, list):
        return [arrays(item) for item in value]
    if not isinstance(value, dict):
        return value
    if all(key == str(index) for index, key in enumerate(value)):
        return [arrays(item) for item in value.values()]
    return {key: arrays(item) for key, item in value.items()}


def error(status: int, message: str, content_type: str = JSON) -> Answer:
    """The single object that answers a call which reached no handler."""
    return Answer(status, compact({"type": "error", "msg": message}), content_type)


def found(value: Any, nothing: str = "{}") -> Answer:
    """Answer to a get: ``{}`` for nothing and for an empty list alike."""
    return Answer(body=pretty(value) if value else nothing)


def unreachable(what: str, why: str) -> Answer:
    """Answer to any call while a server behind the API is down."""
    line = (
        f"<center style='font-family:sans-serif;'>Connection to {what} failed.<br /><br />"
        f"The following error was reported:<br/>{why}</center>\n"
    )
    return Answer(500, line, HTML)
