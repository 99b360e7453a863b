"""The machine that the test hosts run on: deploying a site on them must leave it as it was."""

from __future__ import annotations

import contextlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SETTINGS = Path("/proc/sys")
#: What the kernel itself changes all the time, and what comes and goes with the interfaces of test hosts.
RESTLESS = re.compile(r"kernel/(ns_last_pid|random/)|fs/binfmt_misc/|net/ipv[46]/(conf|neigh)/|net/mpls/conf/")


@dataclass(frozen=True)
class Machine:
    """What a deployment on a host that owns its kernel would set."""

    settings: dict[str, str]
    swaps: str
    packet_filter: list[str]


def machine_state() -> Machine:
    """Kernel settings that can be written, swap areas, and the tables and chains of the machine's packet filter."""
    return Machine(kernel_settings(), Path("/proc/swaps").read_text(), packet_filter())


def kernel_settings() -> dict[str, str]:
    """Every setting below ``/proc/sys`` that can be written and stands still."""
    settings = {}
    for path in SETTINGS.rglob("*"):
        name = str(path.relative_to(SETTINGS))
        if path.is_file() and path.stat().st_mode & 0o200 and not RESTLESS.match(name):
            with contextlib.suppress(OSError):
                settings[name] = path.read_text(errors="replace")
    return settings


def packet_filter() -> list[str]:
    """Tables and chains of nftables on the machine itself; none where it has no nftables."""
    try:
        listed = subprocess.run(["nft", "list", "chains"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        return []
    return [line.strip() for line in listed.stdout.splitlines()]
