"""The packet filter that an image brings in `/etc/iptables`: its rules are taken out of the kernel one by one and kept from coming back.

Only rules that stand in the image's own file are removed, so that Docker's and Mailcow's, which live in the same tables, stay. The file
is kept aside: the rules for the cloud's link-local services, which our own table has taken over, are read from it ever after.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sams.remote import atomic, commands
from sams.remote.systemd import systemctl

FOLDER = Path("/etc/iptables")
FILES = {"rules.v4": "iptables", "rules.v6": "ip6tables"}
ASIDE = ".before-sams"
LOADER = "netfilter-persistent.service"


def state() -> dict[str, Any]:
    """The image's rules (in place or kept aside) and whether any of them is still in force or comes back at boot."""
    texts = {name: text(name) for name in FILES}
    in_place = [name for name in FILES if (FOLDER / name).is_file()]
    in_force = [name for name, program in FILES.items() if any(exists(program, rule) for rule in rules(texts[name]))]
    return {"rules_v4": texts["rules.v4"], "pending": sorted({*in_place, *in_force}), "loader": loader_is_on()}


def take_over() -> list[str]:
    """Keep the files aside, take their rules out of the kernel, and put the loader away: in this order, so that a kill loses nothing."""
    taken = []
    for name, program in FILES.items():
        keep_aside(FOLDER / name)
        taken += [f"{program}: {shlex.join(rule)}" for rule in reversed(list(rules(text(name)))) if removed(program, rule)]
        for chain in chains(text(name)):
            commands.run(program, "-w", "-X", chain)
    if loader_is_on():
        systemctl("disable", LOADER, check=False)
        systemctl("mask", LOADER)
    return taken


def text(name: str) -> str:
    """The image's rules: the original kept aside, or before that the file itself."""
    for path in (FOLDER / f"{name}{ASIDE}", FOLDER / name):
        if path.is_file():
            return path.read_text()
    return ""


def rules(saved: str) -> Iterator[list[str]]:
    """The rules of the filter table in a file of `iptables-save`, each without its `-A`."""
    table = ""
    for line in saved.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif table == "filter" and line.startswith("-A "):
            yield shlex.split(line)[1:]


def chains(saved: str) -> Iterator[str]:
    """Chains that the image made itself."""
    for line in saved.splitlines():
        if line.startswith(":") and line.split()[1] == "-":
            yield line[1:].split()[0]


def exists(program: str, rule: list[str]) -> bool:
    """Whether the rule is in the kernel."""
    return commands.succeeds(program, "-w", "-C", *rule)


def removed(program: str, rule: list[str]) -> bool:
    """Take the rule out of the kernel; whether it was there."""
    return commands.succeeds(program, "-w", "-D", *rule)


def keep_aside(path: Path) -> None:
    """Move the image's file away; one that is there already is the original and stays."""
    aside = path.with_name(path.name + ASIDE)
    if path.is_file() and aside.exists():
        path.unlink()
    elif path.is_file():
        path.rename(aside)
    if path.parent.is_dir():
        atomic.sync_directory(path.parent)


def loader_is_on() -> bool:
    """Whether the image's rules would be loaded again at boot."""
    answer = commands.run("systemctl", "is-enabled", LOADER).stdout.strip()
    return answer not in ("", "masked", "not-found", "masked-runtime")
