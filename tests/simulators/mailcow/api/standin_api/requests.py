"""A request taken apart, before anyone looks at who sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, unquote_plus

from .loose import parse


@dataclass(frozen=True)
class Request:
    """Method, place and body of one HTTP request.

    Attributes:
        parts: action, category, object and extra, as far as the path has them.
        query: parameters behind the question mark, last value of each.
        fields: what the body says, as JSON texts under ``attr`` and ``items``.
        body: the parsed JSON body, None when there is none.
        is_json: the body was announced as JSON.
        headers: names in lower case.
        raw: the body as it came.
    """

    method: str
    path: str
    parts: tuple[str, ...]
    query: dict[str, str]
    fields: dict[str, Any]
    body: Any
    is_json: bool
    headers: dict[str, str]
    raw: bytes

    def part(self, position: int) -> str:
        """Part of the path, empty when it is not there."""
        return self.parts[position] if position < len(self.parts) else ""


def take_apart(method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
    """Take a request apart.

    The path is unescaped twice, as by the web server and then as part of a query: ``+`` and ``%2B`` become a blank.
    """
    path, _, query = target.partition("?")
    parts = tuple(unquote_plus(unquote(path)).removeprefix("/api/v1/").split("/"))
    is_json = "application/json" in headers.get("content-type", "")
    source = body.decode("utf-8", "replace")
    parsed = parse(source) if is_json else None
    fields = _json_fields(parts[0], parsed) if is_json else _form_fields(source, headers)
    return Request(
        method=method,
        path=target,
        parts=parts,
        query={name: values[-1] for name, values in parse_qs(query).items()},
        fields=fields,
        body=parsed,
        is_json=is_json,
        headers=headers,
        raw=body,
    )


def _json_fields(action: str, parsed: Any) -> dict[str, Any]:
    if action == "add":
        return {"attr": parsed}
    if action == "delete":
        return {"items": parsed}
    body = parsed if isinstance(parsed, dict) else {}
    return {"attr": body.get("attr"), "items": body.get("items")} if action == "edit" else {}


def _form_fields(source: str, headers: dict[str, str]) -> dict[str, Any]:
    if "application/x-www-form-urlencoded" not in headers.get("content-type", ""):
        return {}
    form = parse_qs(source, keep_blank_values=True)
    return {name: parse(values[-1]) for name, values in form.items() if name in ("attr", "items")}
