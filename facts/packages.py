"""Packages of the distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase

MARK = "::"


@dataclass(frozen=True)
class PackageState:
    """What dpkg says: versions of what is installed, what is held, whether something is half configured."""

    installed: dict[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    unfinished: bool = False

    def to_json(self) -> dict[str, object]:
        """For ``pyinfra … fact --json``."""
        return {"installed": self.installed, "held": list(self.held), "unfinished": self.unfinished}


class Packages(FactBase[PackageState]):
    """State of ``names``, in one command."""

    @staticmethod
    def default() -> PackageState:
        """Nothing is known to be installed."""
        return PackageState()

    def command(self, names: Sequence[str]) -> StringCommand:
        """One line a package, then the held ones, then dpkg's complaints."""
        query = StringCommand(
            "dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n' --",
            *map(QuoteString, names),
            "2>/dev/null",
        )
        return StringCommand("{", query, f"; echo {MARK}; apt-mark showhold; echo {MARK}; dpkg --audit; true; }}")

    def process(self, output: list[str]) -> PackageState:
        """Parse the three parts."""
        parts: list[list[str]] = [[]]
        for line in output:
            if line == MARK:
                parts.append([])
            else:
                parts[-1].append(line.strip())
        rows = [line.split() for line in parts[0]]
        installed = {row[0]: row[1] for row in rows if len(row) == 3 and row[2][1:] == "i"}
        return PackageState(installed, tuple(parts[1]) if len(parts) > 1 else (), len(parts) > 2 and any(parts[2]))
