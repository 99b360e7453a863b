"""Verb: our part of the SSH server's configuration, on disk and proven."""

from __future__ import annotations

from typing import Any

from sams.remote import ssh_server


def run(_job: dict[str, Any]) -> dict[str, Any]:
    """``{}`` -> the drop-in and the last one that was proven; ``None`` where there is none."""
    return {"drop_in": ssh_server.text(ssh_server.DROP_IN), "confirmed": ssh_server.text(ssh_server.CONFIRMED)}
