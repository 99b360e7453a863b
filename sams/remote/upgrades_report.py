"""Verb: after each run of unattended upgrades, tell a human if it failed, and only then.

The daily job of apt ends with status 0 whatever its upgrade did, but renews its stamp only after one that succeeded: a run whose log is
newer than its start and whose stamp is not has failed.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from sams.remote import alert, commands

JOB = "apt-daily-upgrade.service"
LOG = Path("/var/log/unattended-upgrades/unattended-upgrades.log")
UPGRADED = Path("/var/lib/apt/periodic/upgrade-stamp")
LISTED = Path("/var/lib/apt/periodic/update-stamp")
DAY = 86400
NEXT = "Next: on the host run 'dpkg --configure -a', then 'unattended-upgrade --verbose', and read what it says."


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"stale_days": number}`` -> the reasons (none: nothing was sent) and whom we told."""
    reasons = found(job["stale_days"])
    if not reasons:
        return {"reasons": [], "told": []}
    text = "\n\n".join([*reasons, NEXT, f"The end of {LOG}:", tail()])
    return {"reasons": reasons, "told": alert.tell(f"{socket.gethostname()}: unattended upgrades failed", text + "\n")}


def found(stale_days: int) -> list[str]:
    """What is wrong, one sentence each."""
    started = start_of_the_job()
    reasons = []
    if changed(LOG) >= started > 0 and changed(UPGRADED) < started:
        reasons.append("The last run of unattended-upgrade did not succeed.")
    if result() != "success":
        reasons.append(f"{JOB} ended with {result()}.")
    if audit := commands.run("dpkg", "--audit").stdout.strip():
        reasons.append(f"Packages are not fully installed:\n{audit}")
    if 0 < changed(LISTED) < time.time() - stale_days * DAY:
        reasons.append(f"Package lists have not been fetched for {stale_days} days: security upgrades may be missing.")
    return reasons


def changed(path: Path) -> float:
    """When a file was changed, in seconds since 1970; 0 when there is none."""
    return path.stat().st_mtime if path.exists() else 0


def start_of_the_job() -> float:
    """When the job last started, in seconds since 1970; 0 when it never has."""
    text = commands.output("systemctl", "show", JOB, "--timestamp=unix", "--value", "--property", "ExecMainStartTimestamp").strip()
    return float(text.removeprefix("@")) if text.removeprefix("@").isdigit() else 0


def result() -> str:
    """How the job ended: ``success`` or systemd's word for its failure."""
    return commands.output("systemctl", "show", JOB, "--value", "--property", "Result").strip()


def tail(lines: int = 40) -> str:
    """The end of the log."""
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-lines:]) if LOG.exists() else "(there is none)"
