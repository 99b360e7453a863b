"""Who is banned, as the kernel has it and as Fail2Ban believes it, and what keeps bans from being in force."""

from __future__ import annotations

import ast
import json
import subprocess
import time
from pathlib import Path
from typing import Any

from sams.remote import systemd
from sams.remote.errors import Failed

UNIT = "fail2ban.service"
TABLE = ("inet", "sams_bans")
LOG = Path("/var/log/fail2ban.log")
FAMILIES = ("inet4", "inet6")

#: Between two looks while Fail2Ban starts or puts its bans back, in seconds, and how often in a row no progress is seen before we give up.
PAUSE = 0.5
LOOKS = 10


def run(job: dict[str, Any]) -> dict[str, Any]:
    """The state of all jails; ``faults`` are sentences, none when all bans are in force."""
    service = systemd.properties(UNIT)
    if service.get("LoadState") != "loaded":
        return {"installed": False, "service": "absent", "jails": {}, "faults": [f"{UNIT} is not installed"]}
    believed = believed_bans() if service["ActiveState"] == "active" else {}
    kernel, dropped = settled(believed)
    jails = {name: {"kernel": kernel.get(name, []), "fail2ban": found} for name, found in sorted(believed.items())}
    faults = [*service_faults(service), *jail_faults(believed, kernel, dropped)]
    return {"installed": True, "service": service["ActiveState"], "jails": jails, "faults": faults}


def believed_bans() -> dict[str, list[str]]:
    """Jail -> addresses that Fail2Ban says it has banned; one that was just started is given time to answer."""
    for _ in range(LOOKS):
        done = subprocess.run(["fail2ban-client", "banned"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return {name: sorted(found) for jail in ast.literal_eval(done.stdout.strip()) for name, found in jail.items()}
        time.sleep(PAUSE)
    raise Failed(f"fail2ban-client banned failed: {done.stderr.strip() or done.stdout.strip()}. Next: journalctl -u {UNIT}")


def settled(believed: dict[str, list[str]]) -> tuple[dict[str, list[str]], set[str]]:
    """`kernel_bans`, once no ban is on its way into the kernel any more: after a restart all of them are."""
    kernel, dropped = kernel_bans()
    fewest, looks = count(missing(believed, kernel)), 0
    while fewest and dropped and looks < LOOKS:
        time.sleep(PAUSE)
        kernel, dropped = kernel_bans()
        now = count(missing(believed, kernel))
        fewest, looks = min(now, fewest), 0 if now < fewest else looks + 1
    return kernel, dropped


def count(addresses: dict[str, list[str]]) -> int:
    """How many addresses of all jails."""
    return sum(map(len, addresses.values()))


def kernel_bans() -> tuple[dict[str, list[str]], set[str]]:
    """Jail -> addresses in the kernel's sets, and the names of the sets that a rule drops; both empty when the table is not there."""
    done = subprocess.run(["nft", "--json", "list", "table", *TABLE], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {}, set()
    objects = json.loads(done.stdout)["nftables"]
    banned: dict[str, list[str]] = {}
    for found in (item["set"] for item in objects if "set" in item):
        jail, _, family = found["name"].rpartition("-")
        if family in FAMILIES:
            banned[jail] = sorted([*banned.get(jail, []), *map(address, found.get("elem", []))])
    return banned, {name for item in objects if "rule" in item for name in dropped_sets(item["rule"])}


def address(element: Any) -> str:
    """The address of a set's element; one with a timeout is an object."""
    return str(element["elem"]["val"] if isinstance(element, dict) and "elem" in element else element)


def dropped_sets(rule: dict[str, Any]) -> list[str]:
    """Names of the sets whose addresses this rule drops."""
    if {"drop": None} not in rule["expr"]:
        return []
    matched = [part["match"]["right"] for part in rule["expr"] if "match" in part]
    return [right[1:] for right in matched if isinstance(right, str) and right.startswith("@")]


def missing(believed: dict[str, list[str]], kernel: dict[str, list[str]]) -> dict[str, list[str]]:
    """Jail -> addresses that Fail2Ban has banned and the kernel lets through."""
    gaps = {jail: sorted(set(found) - set(kernel.get(jail, []))) for jail, found in believed.items()}
    return {jail: gap for jail, gap in gaps.items() if gap}


def service_faults(service: dict[str, str]) -> list[str]:
    """What is wrong with the service and its log."""
    if service["ActiveState"] != "active":
        return [f"{UNIT}: expected active, but it is {service['ActiveState']}. Next: journalctl -u {UNIT}"]
    if not writes_log():
        return [f"{UNIT} does not write {LOG}, so repeat offenders go unseen. Next: systemctl restart {UNIT}"]
    return []


def writes_log() -> bool:
    """Whether Fail2Ban holds the log file that stands there, not one that was rotated away."""
    pid = systemd.systemctl("show", UNIT, "--property", "MainPID", "--value").strip()
    return any(LOG.exists() and held.exists() and held.samefile(LOG) for held in Path(f"/proc/{pid}/fd").iterdir())


def jail_faults(believed: dict[str, list[str]], kernel: dict[str, list[str]], dropped: set[str]) -> list[str]:
    """Jails whose bans the kernel does not carry out."""
    faults = [
        f"jail {jail}: the kernel drops nobody of set {jail}-{family}. Next: systemctl restart {UNIT}"
        for jail in believed
        for family in FAMILIES
        if f"{jail}-{family}" not in dropped
    ]
    gaps = missing(believed, kernel).items()
    return faults + [f"jail {jail}: banned, but not in the kernel: {', '.join(gap)}. Next: systemctl restart {UNIT}" for jail, gap in gaps]
