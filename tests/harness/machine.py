"""The machine that the test hosts run on: deploying a site on them must leave it as it was."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: What the kernel itself changes all the time.
RESTLESS = ("kernel/ns_last_pid", "kernel/random/", "fs/binfmt_misc/")


@dataclass(frozen=True)
class Machine:
    """What a deployment on a host that owns its kernel would set."""

    settings: dict[str, str]
    swaps: str
    packet_filter_tables: tuple[str, ...]


def machine_state() -> Machine:
    """Kernel settings that can be written (``vm``, ``fs``, ``kernel``), swap areas, and names of nftables tables."""
    return Machine(kernel_settings(), Path("/proc/swaps").read_text(), packet_filter_tables())


def kernel_settings() -> dict[str, str]:
    """Every setting below ``/proc/sys/{vm,fs,kernel}`` that can be written and stands still."""
    settings = {}
    for area in ("vm", "fs", "kernel"):
        for path in Path("/proc/sys", area).rglob("*"):
            name = str(path.relative_to("/proc/sys"))
            if path.is_file() and path.stat().st_mode & 0o200 and not name.startswith(RESTLESS):
                with contextlib.suppress(OSError):
                    settings[name] = path.read_text(errors="replace")
    return settings


def packet_filter_tables() -> tuple[str, ...]:
    """Names of the nftables tables of the machine itself; none where it has no nftables."""
    try:
        listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        return ()
    return tuple(sorted(listed.stdout.split("\n")))
