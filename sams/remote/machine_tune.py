"""Verb: set what the job names, one after the other; each part is left out where it is right already."""

from __future__ import annotations

from typing import Any

from sams.remote import commands, machine
from sams.remote.errors import Failed


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"time_zone": name, "sysctl_file": text, "swap_mib": number, "clock": true}``, each only where it has to change."""
    if "time_zone" in job:
        machine.set_time_zone(job["time_zone"])
    if job.keys() - {"time_zone"}:
        machine.demand_own_kernel()
    if "sysctl_file" in job:
        machine.set_sysctls(job["sysctl_file"])
    if "swap_mib" in job:
        machine.make_swap(job["swap_mib"])
    if job.get("clock"):
        keep_the_clock_right()
    return {"set": sorted(job)}


def keep_the_clock_right() -> None:
    """Start the distribution's own time service; the operation has installed it."""
    commands.output("systemctl", "enable", "--now", "systemd-timesyncd.service")
    if not machine.clock():
        raise Failed("clock: systemd-timesyncd was started but does not run. Next: journalctl -u systemd-timesyncd")
