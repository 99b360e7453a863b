"""What an upgrade would do and what it must not touch."""

from __future__ import annotations

import re
from typing import TypedDict

from pyinfra.api.facts import FactBase

#: ``Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])``; without the old version for a new package.
UPGRADE = re.compile(r"Inst (?P<name>\S+) \[(?P<now>[^\]]+)\] \((?P<new>\S+) (?P<origin>.*) \[[^\]]+\]\)")


class Upgrade(TypedDict):
    """A package that has a newer version."""

    installed: str
    available: str
    security: bool


class PendingUpgrades(FactBase[dict[str, Upgrade]]):
    """Packages with newer versions, by name; ``pyinfra INVENTORY fact facts.upgrades.PendingUpgrades``."""

    @staticmethod
    def default() -> dict[str, Upgrade]:
        """None."""
        return {}

    def command(self) -> str:
        """Ask apt what it would do; nothing is locked or changed."""
        return "LC_ALL=C apt-get --simulate --quiet -o Debug::NoLocking=true upgrade | grep '^Inst ' || true"

    def process(self, output: list[str]) -> dict[str, Upgrade]:
        """One package a line."""
        rows = [match for line in output if (match := UPGRADE.match(line))]
        return {
            row["name"]: {"installed": row["now"], "available": row["new"], "security": "security" in row["origin"].lower()} for row in rows
        }


class HeldPackages(FactBase[list[str]]):
    """Packages that upgrades leave alone; ``pyinfra INVENTORY fact facts.upgrades.HeldPackages``."""

    @staticmethod
    def default() -> list[str]:
        """None."""
        return []

    def command(self) -> str:
        """Ask apt."""
        return "apt-mark showhold"

    def process(self, output: list[str]) -> list[str]:
        """One name a line."""
        return sorted(line.strip() for line in output if line.strip())
