"""The machine below the host: clock, swap and kernel settings. A container shares them with its machine, so there they are left alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sams.remote import atomic, commands
from sams.remote.errors import Failed

ZONES = Path("/usr/share/zoneinfo")
LOCAL_TIME = Path("/etc/localtime")
SYSCTL_FILE = Path("/etc/sysctl.d/60-sams.conf")
SWAP_FILE = Path("/swapfile.sams")
SWAP_UNIT = Path("/etc/systemd/system/swapfile.sams.swap")
CLOCKS = ("chrony.service", "chronyd.service", "ntpsec.service", "ntp.service", "systemd-timesyncd.service")
MIB = 1 << 20


def container() -> str:
    """The kind of container that the host is; ``none`` where it owns its kernel."""
    return commands.run("systemd-detect-virt", "--container").stdout.strip() or "none"


def time_zone() -> str:
    """The name of the host's time zone."""
    target = os.path.realpath(LOCAL_TIME)
    return os.path.relpath(target, ZONES) if LOCAL_TIME.exists() else ""


def clock() -> str:
    """What keeps the clock right; empty when nothing does."""
    return next((unit for unit in CLOCKS if commands.succeeds("systemctl", "--quiet", "is-active", unit)), "")


def sysctls(names: list[str]) -> dict[str, str]:
    """Values in the kernel; a name it does not know has an empty one."""
    return {name: value(Path("/proc/sys") / name.replace(".", "/")) for name in names}


def value(path: Path) -> str:
    """A setting's value with single spaces."""
    return " ".join(path.read_text().split()) if path.is_file() else ""


def swaps() -> list[str]:
    """What the machine swaps to."""
    return [line.split()[0] for line in Path("/proc/swaps").read_text().splitlines()[1:]]


def set_time_zone(name: str) -> None:
    """Link the zone and name it in Debian's file."""
    if not (ZONES / name).is_file():
        raise Failed(
            f"time zone {name}: not in {ZONES}; expected the package tzdata to bring it. Next: apt-get install tzdata, then run again."
        )
    new = atomic.beside(LOCAL_TIME)
    new.symlink_to(ZONES / name)
    new.replace(LOCAL_TIME)
    atomic.write("/etc/timezone", f"{name}\n".encode())


def demand_own_kernel() -> None:
    """Refuse to touch what the host shares with its machine."""
    if (kind := container()) != "none":
        raise Failed(f"clock, swap and kernel settings of a {kind} container belong to its machine and are not touched")


def set_sysctls(text: str) -> None:
    """Write our file and load it."""
    atomic.write(str(SYSCTL_FILE), text.encode())
    commands.output("sysctl", "--load", str(SYSCTL_FILE))


def make_swap(mib: int) -> None:
    """Make the swap file, readable by root alone, and have systemd use it now and at boot."""
    free = os.statvfs("/").f_bavail * os.statvfs("/").f_frsize
    if free < 2 * mib * MIB:
        raise Failed(f"swap file of {mib} MiB: expected {2 * mib} MiB free on /, seen {free // MIB}. Next: set base.swap_mib lower, or 0.")
    new = atomic.beside(SWAP_FILE)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        for _ in range(mib):
            stream.write(bytes(MIB))
        stream.flush()
        os.fsync(stream.fileno())
    commands.output("mkswap", str(new))
    new.replace(SWAP_FILE)
    unit = f"[Unit]\nDescription=Swap file of SAMS\n\n[Swap]\nWhat={SWAP_FILE}\n\n[Install]\nWantedBy=swap.target\n"
    atomic.write(str(SWAP_UNIT), unit.encode())
    commands.output("systemctl", "daemon-reload")
    commands.output("systemctl", "enable", "--now", SWAP_UNIT.name)


def summary(names: list[str]) -> dict[str, Any]:
    """What the verbs report."""
    file = SYSCTL_FILE.read_text() if SYSCTL_FILE.is_file() else ""
    return {
        "container": container(),
        "time_zone": time_zone(),
        "clock": clock(),
        "swaps": swaps(),
        "sysctls": sysctls(names),
        "sysctl_file": file,
    }
