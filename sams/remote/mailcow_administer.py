"""Replace the administrator's password and set Mailcow's own ban settings; both are read back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sams.remote import atomic, mailcow_admin, mailcow_conf
from sams.remote import mailcow_engine as engine
from sams.remote.errors import Failed
from sams.remote.exclusive import exclusive
from sams.remote.mailcow_api import Answer, Api
from sams.remote.mailcow_programs import STATE
from sams.remote.mailcow_programs import run as run_program


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "password": secret, "bans": {...}}`` -> what was set."""
    directory: str = job["directory"]
    did = []
    with exclusive(), Api.of(directory) as api:
        if mailcow_admin.password_in_force(directory) != digest(job["password"]):
            set_password(api, directory, job["password"])
            did.append("administrator's password")
        if differing(api, job["bans"]):
            set_bans(api, job["bans"])
            save(directory)
            did.append("ban settings")
    return {"did": did}


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def set_password(api: Api, directory: str, password: str) -> None:
    """Give the administrator this password, then note which row of the database came of it."""
    before = mailcow_admin.row(directory)
    attributes = {"active": "1", "password": password, "password2": password}
    require(api.post("edit/admin", {"items": [mailcow_admin.ADMIN], "attr": attributes}), "administrator's password")
    after = mailcow_admin.row(directory)
    if after in (before, digest("")):
        raise Failed(
            f"Mailcow's administrator {mailcow_admin.ADMIN!r}: expected a new password in the database, seen the old one or no such active "
            "administrator; next: docker compose logs php-fpm-mailcow"
        )
    STATE.mkdir(parents=True, exist_ok=True)
    note = json.dumps({"password": digest(password), "row": after})
    atomic.write(str(mailcow_admin.SECURED), note.encode(), mode=0o600)


def set_bans(api: Api, wanted: dict[str, Any]) -> None:
    """Set Mailcow's ban settings; what is not named stays as it is."""
    attributes = {key: "\n".join(value) if isinstance(value, list) else value for key, value in wanted.items()}
    keep = {"manage_external": (api.get("fail2ban").value or {}).get("manage_external", 0)}  # off unless sent
    require(api.post("edit/fail2ban", {"items": ["none"], "attr": {**keep, **attributes}}), "ban settings")
    if wrong := differing(api, wanted):
        raise Failed(f"Mailcow's ban settings: expected {wrong}, seen others after setting them; next: docker compose logs php-fpm-mailcow")


def save(directory: str) -> None:
    """Have Redis write to its disk now: by itself it waits for minutes, and a power cut would bring Mailcow's own thresholds back."""
    store = engine.containers().get("redis-mailcow")
    if store is None:
        raise Failed("redis-mailcow: expected a running container, seen none; next: docker compose ps")
    commands = f"AUTH {mailcow_conf.read(directory)['REDISPASS']}\nSAVE\n"
    said = run_program(["docker", "exec", "-i", store["Id"], "redis-cli"], text=commands, patience=60)
    if said.split() != ["OK", "OK"]:
        raise Failed("redis-mailcow: expected it to save, seen that it does not; next: docker compose logs redis-mailcow")


def differing(api: Api, wanted: dict[str, Any]) -> dict[str, Any]:
    """The settings that Mailcow does not have yet."""
    seen = api.get("fail2ban").value or {}
    return {key: value for key, value in wanted.items() if not same(value, seen.get(key))}


def same(wanted: Any, seen: Any) -> bool:
    """Whether a setting is as wanted; a list comes back as sorted lines, a flag as a boolean."""
    if isinstance(wanted, list):
        return set(wanted) == set(str(seen or "").split())
    return int(wanted) == int(seen or 0)


def require(answer: Answer, what: str) -> None:
    """Fail for an answer that says no, or nothing."""
    if answer.empty or answer.problems:
        raise Failed(f"{what}: expected Mailcow to take it, seen {', '.join(answer.problems) or 'an empty answer'}")
