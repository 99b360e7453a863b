"""Time zone, clock, swap and kernel settings."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.machine import Machine
from operations.packages import SCRIPT
from operations.remote import MaskedStdin, remote_command


def sysctl_file(sysctls: Mapping[str, str]) -> str:
    """The text of our file in `/etc/sysctl.d`."""
    return "# Written by SAMS; changes here are overwritten.\n" + "".join(f"{name} = {value}\n" for name, value in sysctls.items())


def difference(found: Mapping[str, Any], time_zone: str, sysctls: Mapping[str, str], swap_mib: int) -> dict[str, Any]:
    """What has to be set; parts of the machine that the host does not own are never in it."""
    wanted: dict[str, Any] = {}
    if found["time_zone"] != time_zone:
        wanted["time_zone"] = time_zone
    if found["container"] != "none":
        return wanted
    if found["sysctl_file"] != sysctl_file(sysctls) or found["sysctls"] != sysctls:
        wanted["sysctl_file"] = sysctl_file(sysctls)
    if swap_mib and not found["swaps"]:
        wanted["swap_mib"] = swap_mib
    if not found["clock"]:
        wanted["clock"] = True
    return wanted


@operation()
def tuned(*, time_zone: str, sysctls: Mapping[str, str], swap_mib: int) -> Generator[PyinfraCommand, None, None]:
    """Set time zone, kernel settings, swap and clock; the last three only where the host owns its kernel.

    + time_zone: its name
    + sysctls: kernel settings (``vm.*``, ``fs.*``, ``kernel.*``) by name
    + swap_mib: size of the swap file in MiB, made where there is no swap; 0: none
    """
    found = host.get_fact(Machine, sysctls=list(sysctls))
    if found is None:
        yield remote_command("machine_tune", {"time_zone": time_zone})
        return
    wanted = difference(found, time_zone, sysctls, swap_mib)
    shared = f"; clock, swap and kernel belong to the machine of this {found['container']} container"
    if not wanted:
        host.noop(f"time zone is {time_zone}" + (shared if found["container"] != "none" else "; clock, swap and kernel are as wanted"))
        return
    host.log(f"sets {', '.join(sorted(wanted))}")
    if "clock" in wanted:
        yield StringCommand("sh -s -- systemd-timesyncd ''", _stdin=MaskedStdin(SCRIPT))
    yield remote_command("machine_tune", wanted)
