"""From a request to a handler, in the order in which Mailcow looks: body, right to write, verb, route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .answers import Answer, compact, error, found, pretty
from .call import Call
from .errors import NotBuilt, Stopped
from .loose import cast_list, mapping
from .requests import Request
from .routes_read import READERS, SEARCHES
from .routes_write import ADDERS, DELETERS, EDITORS

_INCOMPLETE = "Cannot find attributes in post data"
_NO_ROUTE = "route not found"
Handler = Callable[..., Any]


def answer(call: Call, request: Request) -> Answer:
    """Answer to a request whose caller is known.

    Raises:
        Crash: the handler died.
    """
    action = request.part(0)
    if request.is_json and action != "get" and request.body is None:
        return error(400, "Request body doesn't contain valid json!")
    actions = {"add": _add, "edit": _edit, "delete": _delete, "get": _get, "search": _search}
    if action not in actions:
        return error(404, _NO_ROUTE)
    try:
        return actions[action](call, request)
    except NotBuilt:
        return error(501, f"{request.path}: not part of the stand-in")


def _add(call: Call, request: Request) -> Answer:
    if call.access == "ro":
        return error(403, "API read/write access denied")
    early = _unfit(request, "attr")
    if early:
        return early
    handler = _write_handler(ADDERS, request)
    if handler is None:
        return error(404, _NO_ROUTE)
    attributes = request.fields["attr"]
    attributes = attributes if isinstance(attributes, (dict, list)) else [attributes]
    return _written(call, handler, "add", mapping(attributes))


def _edit(call: Call, request: Request) -> Answer:
    early = _may_not_write(call) or _unfit(request, "attr")
    if early:
        return early
    handler = _write_handler(EDITORS, request)
    if handler is None:
        return error(404, _NO_ROUTE)
    items = request.fields.get("items")
    items = items if isinstance(items, dict) else cast_list(items)
    return _written(call, handler, "edit", items, mapping(request.fields["attr"]))


def _delete(call: Call, request: Request) -> Answer:
    early = _may_not_write(call) or _unfit(request, "items")
    if early:
        return early
    handler = _write_handler(DELETERS, request)
    if handler is None:
        return error(404, _NO_ROUTE)
    items = request.fields["items"]
    items = items if isinstance(items, dict) else cast_list(items)
    return _written(call, handler, "delete", items, request.part(3))


def _may_not_write(call: Call) -> Answer | None:
    return None if call.access == "rw" else error(403, "API read/write access denied")


def _unfit(request: Request, field: str) -> Answer | None:
    if field not in request.fields:
        return error(200, _INCOMPLETE)
    return None if request.method == "POST" else error(405, "only POST method is allowed")


def _write_handler(routes: dict[str, Any], request: Request) -> Handler | None:
    route = routes.get(request.part(1))
    if isinstance(route, dict):
        return route.get(request.part(2), route[""])
    return route


def _written(call: Call, handler: Handler, verb: str, *arguments: Any) -> Answer:
    try:
        result = handler(call, *arguments)
    except Stopped:
        result = False
    if isinstance(result, dict):
        return Answer(body=compact(result))
    if call.entries:
        return Answer(body=compact(call.entries))
    if result is False:
        return error(200, f"Cannot {verb} item")
    return Answer(body=compact({"type": "success", "msg": "Task completed"}))


def _get(call: Call, request: Request) -> Answer:
    if request.method != "GET":
        return error(405, "only GET method is allowed")
    if not call.role:
        return Answer()
    reader = READERS.get(request.part(1))
    if reader is None:
        return error(404, _NO_ROUTE)
    value = reader(call, request)
    return value if isinstance(value, Answer) else found(value)


def _search(call: Call, request: Request) -> Answer:
    if request.method != "POST":
        return error(405, "only POST method is allowed")
    search = SEARCHES.get(request.part(1))
    if search is None:
        return error(404, "Invalid search category")
    if not call.role:
        return error(403, "Insufficient permissions")
    return Answer(body=pretty(search(call, mapping(request.body))))
