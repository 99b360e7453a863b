"""Verb: undo a change that was not confirmed in time; the timer `sams-revert@CHANGE.timer` runs it."""

from __future__ import annotations

from typing import Any

from sams.remote import firewall, guard, ssh_server
from sams.remote.errors import Failed

CHANGES = {"firewall": firewall.revert, "ssh": ssh_server.revert}


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"change": "firewall" | "ssh"}``."""
    change = job["change"]
    if change not in CHANGES:
        raise Failed(f"no such change: {change}; expected one of {', '.join(CHANGES)}")
    CHANGES[change]()
    guard.disarm(change)
    return {"reverted": change}
