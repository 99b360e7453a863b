"""Configuration of unattended upgrades: what is upgraded, what is left alone, when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sams.core.docker_engine import ENGINE_PACKAGES
from sams.core.settings import UnattendedUpgrades

#: Security archives of Debian and Ubuntu; a pattern of the other distribution matches nothing.
ORIGINS = (
    "origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
    "origin=Ubuntu,archive=${distro_codename}-security,label=Ubuntu",
    "origin=UbuntuESM,archive=${distro_codename}-infra-security,label=UbuntuESM",
    "origin=UbuntuESMApps,archive=${distro_codename}-apps-security,label=UbuntuESMApps",
)
#: Package lists are fetched in the two hours before the window opens.
AHEAD = timedelta(hours=2)
NOTICE = "# Written by SAMS; changes here are overwritten.\n"


def periodic() -> str:
    """When apt's own daily jobs do something: every day."""
    return 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n'


def policy(wanted: UnattendedUpgrades) -> str:
    """What is upgraded. apt adds up lists over all its files, so each list of the distribution is emptied first."""
    reboot = wanted.reboot_at is not None
    lines = [
        _list("Allowed-Origins", ()),
        _list("Origins-Pattern", (*ORIGINS, *wanted.origins)),
        _list("Package-Blacklist", (f"^{re.escape(name)}$" for name in (*ENGINE_PACKAGES, *wanted.excluded))),
        _value("AutoFixInterruptedDpkg", True),
        _value("MinimalSteps", True),
        _value("SyslogEnable", True),
        _value("Mail", ""),
        _value("Automatic-Reboot", reboot),
        _value("Automatic-Reboot-WithUsers", reboot),
        *([_value("Automatic-Reboot-Time", wanted.reboot_at)] if wanted.reboot_at else []),
        'DPkg::Lock::Timeout "300";\n',
    ]
    return NOTICE.replace("#", "//") + "".join(lines)


def _list(name: str, values: Iterable[str]) -> str:
    """A list with exactly these values. apt reads a backslash as itself."""
    items = "".join(f'  "{value}";\n' for value in values)
    return f"#clear Unattended-Upgrade::{name};\nUnattended-Upgrade::{name} {{\n{items}}};\n"


def _value(name: str, value: str | bool) -> str:
    text = str(value).lower() if isinstance(value, bool) else value
    return f'Unattended-Upgrade::{name} "{text}";\n'


def no_restart() -> str:
    """For needrestart (Ubuntu), which restarts services after an upgrade of their libraries: Docker's restart stops the mail server."""
    return f"{NOTICE}$nrconf{{override_rc}}->{{qr(^(docker|containerd)\\.service$)}} = 0;\n"


def lists_timer(wanted: UnattendedUpgrades) -> str:
    """Drop-in for ``apt-daily.timer``: fresh package lists before the window."""
    return timer(earlier(wanted.at), int(AHEAD.total_seconds() // 60) - 30)


def upgrade_timer(wanted: UnattendedUpgrades) -> str:
    """Drop-in for ``apt-daily-upgrade.timer``: the window; a host that was off catches up when it starts."""
    return timer(wanted.at, wanted.spread_minutes)


def timer(at: str, spread_minutes: int) -> str:
    """A daily timer; the empty line takes the distribution's times away."""
    return f"{NOTICE}[Timer]\nOnCalendar=\nOnCalendar=*-*-* {at}\nRandomizedDelaySec={spread_minutes}min\nPersistent=true\n"


def earlier(at: str) -> str:
    """A time of day, so much earlier."""
    return (datetime.strptime(at, "%H:%M") - AHEAD).strftime("%H:%M")
