"""What Fail2Ban needs beside files, packages and its unit."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.bans import Bans
from facts.remote import UnitState

UNIT = "fail2ban.service"


@operation()
def accepted(*, restart_on: Sequence[str], reload_on: Sequence[str]) -> Generator[PyinfraCommand, None, None]:
    """Ask Fail2Ban whether it accepts a configuration that it does not run with yet, so that a refused one stops no ban.

    + restart_on: files whose change will need a restart
    + reload_on: files whose change will need a reload
    """
    found = host.get_fact(UnitState, unit=UNIT, restart_on=list(restart_on), reload_on=list(reload_on))
    if found and found["active"] and not found["stale"]:
        host.noop("Fail2Ban runs with this configuration")
        return
    yield StringCommand("fail2ban-client --test")


@operation()
def in_force() -> Generator[PyinfraCommand, None, None]:
    """Make the kernel carry out every ban that Fail2Ban has: a restart loads the table again and restores all bans."""
    found = host.get_fact(Bans)
    if found and not found["faults"]:
        host.noop(f"bans of {len(found['jails'])} jails are in force")
        return
    if found:
        host.log("; ".join(found["faults"]))
    yield StringCommand(f"systemctl restart {UNIT}")
