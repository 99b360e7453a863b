"""Verb: the SSH configuration on trial has been proven by a new login; it stays."""

from __future__ import annotations

from typing import Any

from sams.remote import atomic, guard, ssh_server
from sams.remote.errors import Failed


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"drop_in": text}``."""
    if ssh_server.text(ssh_server.DROP_IN) != job["drop_in"]:
        raise Failed("the SSH configuration on trial is gone: it was reverted because its proof came too late. Next: run again.")
    ssh_server.CONFIRMED.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(str(ssh_server.CONFIRMED), job["drop_in"].encode(), mode=0o600)
    guard.disarm("ssh")
    return {"kept": True}
