"""systemd units, activated by observed state: a run that died between a file and its restart is repaired by the next."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.remote import UnitState
from operations.remote import remote_command


@operation()
def active(
    *,
    unit: str,
    enabled: bool = True,
    restart_on: Sequence[str] = (),
    reload_on: Sequence[str] = (),
) -> Generator[PyinfraCommand, None, None]:
    """Make a unit run, start at boot, and run with its files as they are now.

    + unit: full name, such as ``fail2ban.service``
    + enabled: whether it starts at boot
    + restart_on: files and directories whose change needs a restart
    + reload_on: files and directories whose change needs a reload
    """
    job: dict[str, Any] = {"unit": unit, "restart_on": list(restart_on), "reload_on": list(reload_on)}
    found = host.get_fact(UnitState, **job)
    if found and found["active"] and (found["enabled"] or not enabled) and not found["stale"] and not found["needs_daemon_reload"]:
        host.noop(f"{unit} runs with its files as they are")
        return
    yield remote_command("unit_act", {**job, "wanted": "active", "enabled": enabled})


@operation()
def inactive(*, unit: str, masked: bool = False) -> Generator[PyinfraCommand, None, None]:
    """Make a unit stop and not start at boot.

    + unit: full name
    + masked: also keep others from starting it
    """
    found = host.get_fact(UnitState, unit=unit, restart_on=[], reload_on=[])
    gone = found is not None and not found["active"] and (found["masked"] if masked else not (found["loaded"] and found["enabled"]))
    if gone:
        host.noop(f"{unit} is {'masked' if masked else 'off'}")
        return
    yield remote_command("unit_act", {"unit": unit, "wanted": "masked" if masked else "disabled"})
