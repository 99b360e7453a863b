"""The administrator's password and Mailcow's own ban settings, as they stand."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sams.remote import mailcow_conf
from sams.remote import mailcow_engine as engine
from sams.remote.errors import Failed
from sams.remote.mailcow_api import Api
from sams.remote.mailcow_programs import STATE
from sams.remote.mailcow_programs import run as run_program

ADMIN = "admin"
#: Digest of the password that we set last and of the database's row that came of it.
SECURED = STATE / "admin.json"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory"}`` -> the digest of the password in force (empty: not one of ours) and Mailcow's ban settings."""
    directory: str = job["directory"]
    try:
        with Api.of(directory) as api:
            bans = told(api.get("fail2ban").value)
        return {"answers": True, "password": password_in_force(directory), "bans": bans}
    except Failed as failure:
        return {"answers": False, "why": str(failure), "password": "", "bans": {}}


def told(bans: Any) -> dict[str, Any]:
    """The settings without what changes by itself."""
    return {key: value for key, value in (bans or {}).items() if key not in ("active_bans", "perm_bans", "regex", "banlist_id")}


def was_secured() -> bool:
    """Whether we have ever replaced the administrator's password on this host."""
    return SECURED.exists()


def password_in_force(directory: str) -> str:
    """Digest of the password that we set, if the database still has what came of it; empty otherwise."""
    try:
        note = json.loads(SECURED.read_text())
    except (FileNotFoundError, ValueError):
        return ""
    return str(note["password"]) if note["row"] == row(directory) else ""


def row(directory: str) -> str:
    """Digest of what the database keeps of the administrator's password; the password of the database goes in on standard input."""
    database = engine.containers().get("mysql-mailcow")
    if database is None:
        raise Failed("mysql-mailcow: expected a running container, seen none; next: docker compose ps")
    found = mailcow_conf.read(directory)
    client = ["mariadb", "--defaults-file=/dev/stdin", "--batch", "--skip-column-names", found["DBNAME"]]
    query = f"SELECT password FROM admin WHERE username = '{ADMIN}' AND active = 1"  # noqa: S608 # a constant
    options = f"[client]\nuser={found['DBUSER']}\npassword={found['DBPASS']}\n"
    said = run_program(["docker", "exec", "-i", database["Id"], *client, "--execute", query], text=options, patience=60)
    return hashlib.sha256(said.strip().encode()).hexdigest()
