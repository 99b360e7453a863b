"""Security upgrades every day; a human hears of them only when they fail."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from operations import files, packages, units
from operations.files import ManagedFile
from sams.adapters.settings import settings
from sams.core import unattended_upgrades as upgrades

SYSTEMD = "/etc/systemd/system"
TIMERS = {name: f"{SYSTEMD}/{name}.d/50-sams.conf" for name in ("apt-daily.timer", "apt-daily-upgrade.timer")}
REPORT = "sams-upgrades-report.service"
REPORT_WHEN_DONE = f"{upgrades.NOTICE}[Unit]\nOnSuccess={REPORT}\nOnFailure={REPORT}\n"


@deploy("Unattended upgrades")
def install() -> None:
    """Install security upgrades by themselves, in a window."""
    wanted = settings(host.data.env).unattended_upgrades
    packages.installed(name="The program that upgrades is installed", packages=["unattended-upgrades"])
    report = (Path(__file__).parent / REPORT).read_text().replace("{{ stale_days }}", str(wanted.stale_days))
    files.managed(
        name="What is upgraded and when, and who hears of failures",
        files=[
            ManagedFile("/etc/apt/apt.conf.d/20auto-upgrades", upgrades.periodic()),
            ManagedFile("/etc/apt/apt.conf.d/52sams-unattended-upgrades", upgrades.policy(wanted)),
            ManagedFile("/etc/needrestart/conf.d/50-sams.conf", upgrades.no_restart()),
            ManagedFile(TIMERS["apt-daily.timer"], upgrades.lists_timer(wanted)),
            ManagedFile(TIMERS["apt-daily-upgrade.timer"], upgrades.upgrade_timer(wanted)),
            ManagedFile(f"{SYSTEMD}/apt-daily-upgrade.service.d/50-sams.conf", REPORT_WHEN_DONE),
            ManagedFile(f"{SYSTEMD}/{REPORT}", report),
        ],
    )
    units.active(name="Package lists are fetched every day", unit="apt-daily.timer", restart_on=[TIMERS["apt-daily.timer"]])
    units.active(name="Upgrades have their window", unit="apt-daily-upgrade.timer", restart_on=[TIMERS["apt-daily-upgrade.timer"]])
