"""Mailcow's containers as the engine sees them, for people and monitoring."""

from __future__ import annotations

from typing import Any

from sams.remote import mailcow_engine as engine


def run(_job: dict[str, Any]) -> dict[str, Any]:
    """State, image, start and restarts of every container of the project, by service."""
    return {name: told(item) for name, item in sorted(engine.containers().items())} if engine.present() else {}


def told(item: dict[str, Any]) -> dict[str, Any]:
    """What may be told of a container: never its environment."""
    state = item["State"]
    return {
        "state": state["Status"],
        "health": state.get("Health", {}).get("Status", "unknown"),
        "image": item["Config"]["Image"],
        "started": state["StartedAt"],
        "restarts": item["RestartCount"],
    }
