"""The few pages of the web interface that a deployment looks at: the start page and the administrator's login."""

from __future__ import annotations

from urllib.parse import parse_qs

from .answers import HTML, Answer
from .call import Call
from .passwords import matches
from .requests import Request

_PAGE = '<!DOCTYPE html>\n<html lang="en"><head><title>mailcow UI</title></head><body>{}</body></html>\n'
_FORM = '<form method="post" action="/admin"><input name="login_user"><input name="pass_user" type="password"><button>Login</button></form>'


def answer(call: Call, request: Request) -> Answer:
    """Page behind a path outside the API."""
    path = request.path.partition("?")[0].rstrip("/")
    if path == "/admin" and request.method == "POST":
        return _login(call, request)
    if path in ("", "/admin", "/user", "/domainadmin"):
        return Answer(200, _PAGE.format(_FORM), HTML)
    if path == "/admin/dashboard":
        return Answer(302, "", HTML, [("Location", "/admin")])
    return Answer(404, _PAGE.format("Not found"), HTML)


def _login(call: Call, request: Request) -> Answer:
    form = parse_qs(request.raw.decode("utf-8", "replace"))
    user, password = form.get("login_user", [""])[0], form.get("pass_user", [""])[0]
    if _is_administrator(call, user.strip().lower(), password):
        return Answer(302, "", HTML, [("Location", "/admin/dashboard")])
    call.redis.publish("F2B_CHANNEL", f"mailcow UI: Invalid password for {user} by {call.address}")
    return Answer(200, _PAGE.format(f'<div class="alert">Login failed</div>{_FORM}'), HTML)


def _is_administrator(call: Call, user: str, password: str) -> bool:
    stored = call.database.value("SELECT password FROM admin WHERE username = %s AND superadmin = '1' AND active = '1'", user)
    return stored is not None and matches(stored, password)
