"""Whether a unit is as wanted and, if not, what it needs: by observed state, so that the next run repairs one that died."""

from __future__ import annotations

from typing import Any

from sams.remote import systemd


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"unit", "restart_on", "reload_on"}`` -> systemd's view and ``stale``: ``""``, ``"reload"`` or ``"restart"``."""
    found = systemd.properties(job["unit"])
    return {
        "loaded": found.get("LoadState") == "loaded",
        "masked": found.get("LoadState") == "masked",
        "active": found.get("ActiveState") in ("active", "reloading"),
        "state": found.get("ActiveState", "unknown"),
        "enabled": found.get("UnitFileState") in ("enabled", "enabled-runtime", "static", "alias", "indirect", "generated"),
        "needs_daemon_reload": found.get("NeedDaemonReload") == "yes",
        "stale": stale(job),
    }


def digests(job: dict[str, Any]) -> dict[str, str]:
    """Digests of the files that call for a restart and of those that call for a reload, and of when they were written."""
    return {
        "restart": systemd.writing_of(job.get("restart_on", [])),
        "reload": systemd.writing_of(job.get("reload_on", [])),
    }


def stale(job: dict[str, Any]) -> str:
    """What the unit needs to run with the files as they are."""
    now, then = digests(job), systemd.stamp(job["unit"])
    if job.get("restart_on") and now["restart"] != then.get("restart"):
        return "restart"
    if job.get("reload_on") and now["reload"] != then.get("reload"):
        return "reload"
    return ""
