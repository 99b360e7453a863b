"""Bring a unit into the wanted state and remember the files it was activated with."""

from __future__ import annotations

import time
from typing import Any

from sams.remote import systemd, unit_state
from sams.remote.errors import Failed

#: How long a unit may be on its way up before we call it failed, in seconds.
PATIENCE = 90


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"unit", "wanted": "active|disabled|masked", "enabled": bool, "restart_on", "reload_on"}`` -> what was done."""
    unit: str = job["unit"]
    systemd.systemctl("daemon-reload")
    if job["wanted"] != "active":
        return {"unit": unit, "did": put_away(unit, masked=job["wanted"] == "masked")}
    digests = unit_state.digests(job)
    did = activate(job)
    wait_until_active(unit)
    systemd.write_stamp(unit, digests)
    return {"unit": unit, "did": did}


def put_away(unit: str, *, masked: bool) -> str:
    """Stop a unit and keep it from starting."""
    systemd.systemctl("disable", "--now", unit, check=False)
    if masked:
        systemd.systemctl("mask", "--now", unit)
    return "masked" if masked else "disabled"


def activate(job: dict[str, Any]) -> str:
    """Start, restart or reload, whichever the observed state asks for."""
    unit = job["unit"]
    if job.get("enabled", True):
        systemd.systemctl("unmask", unit, check=False)
        systemd.systemctl("enable", unit)
    now = unit_state.run(job)
    systemd.systemctl("reset-failed", unit, check=False)
    verb = "start" if not now["active"] else now["stale"]
    if verb:
        try:
            systemd.systemctl("reload-or-restart" if verb == "reload" else verb, unit)
        except Failed as failure:
            raise Failed(f"{failure}\n{systemd.last_words(unit)}") from None
    return verb or "enabled"


def wait_until_active(unit: str) -> None:
    """Wait while the unit is on its way up; a unit that does not get there fails with its last words."""
    deadline = time.monotonic() + PATIENCE
    while (state := systemd.properties(unit).get("ActiveState")) in ("activating", "reloading"):
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    if state != "active":
        raise Failed(f"{unit}: expected active, but it is {state}. Next: journalctl -u {unit}\n{systemd.last_words(unit)}")
