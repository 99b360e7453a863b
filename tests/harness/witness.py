"""Counts what a run of pyinfra asks of hosts and of Vault, and says when the run is to die."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Whose requests those are that go to Vault from the operator's machine.
VAULT = "Vault"


@dataclass(frozen=True)
class Kill:
    """When a run is killed.

    Parameters
    ----------
    before:
        Number of the remote command before which the run dies, counted from 1 over all hosts.
    inside:
        An operation: `before` counts its commands alone, and its requests to Vault with them.
    after:
        Seconds that the command is given before the run dies; 0: it does not begin.
    """

    before: int = 1
    inside: str = ""
    after: float = 0

    def arguments(self) -> tuple[str, ...]:
        """As `watched_pyinfra` takes it."""
        inside = ("--kill-in", self.inside, "--nth") if self.inside else ("--kill-before",)
        return (*inside, str(self.before), "--kill-after", str(self.after))

    def counts(self, host: str, operation: str) -> bool:
        """Whether a command of this operation on this host is one of those that are counted."""
        return operation == self.inside if self.inside else host != VAULT

    def __str__(self) -> str:
        moment = f"{self.after:.1f} s into" if self.after else "before"
        return f"{moment} command {self.before}" + (f' of "{self.inside}"' if self.inside else "")


class Witness:
    """What was asked, by host and by the operation on whose behalf."""

    def __init__(self, kill: Kill | None = None) -> None:
        self.kill = kill
        self.commands: Counter[tuple[str, str]] = Counter()
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.order: list[tuple[str, str]] = []

    def note(self, host: str, operation: str) -> bool:
        """One more command is about to start; whether the run is to be killed at this one."""
        self.commands[host, operation] += 1
        self.order.append((host, operation))
        kill = self.kill
        return kill is not None and kill.counts(host, operation) and sum(kill.counts(*one) for one in self.order) == kill.before

    def took(self, host: str, operation: str, seconds: float) -> None:
        """An operation ended on a host after so many seconds."""
        self.seconds[host, operation] += seconds

    def rows(self) -> Sequence[dict[str, object]]:
        """Host, operation, commands and seconds, in the order in which they first came."""
        keys = dict.fromkeys([*self.order, *self.seconds])
        return [
            {"host": host, "operation": name, "commands": self.commands[host, name], "seconds": round(self.seconds[host, name], 3)}
            for host, name in keys
        ]

    def write(self, target: Path) -> None:
        """Write the rows as JSON, and beside them the commands one by one, in order."""
        target.write_text(json.dumps({"rows": self.rows(), "order": self.order}, indent=1))
