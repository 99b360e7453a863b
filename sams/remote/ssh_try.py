"""Verb: load a new SSH configuration on trial. It is undone by a timer unless `ssh_keep` follows."""

from __future__ import annotations

from typing import Any

from sams.remote import guard, ssh_server
from sams.remote.errors import Failed


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"drop_in": text}``."""
    guard.arm("ssh")
    ssh_server.put(job["drop_in"])
    try:
        ssh_server.demand_effect(job["drop_in"])
    except Failed:
        ssh_server.revert()
        guard.disarm("ssh")
        raise
    ssh_server.reload()
    return {"on_trial": True}
