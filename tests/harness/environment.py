"""A whole environment of test hosts, driven by the commands that an operator uses."""

from __future__ import annotations

import json
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.harness.processes import ROOT, Finished, run
from tests.harness.witness import VAULT, Kill

BUILD = ROOT / ".cache" / "runs"


@dataclass(frozen=True)
class Deployed:
    """A finished pyinfra run: what it said, what changed, what it cost.

    `counts` has the commands and seconds by host and operation, `order` the (host, operation) of each command as they came; requests to
    Vault stand in `order` alone.
    """

    finished: Finished
    counts: list[dict[str, Any]]
    order: list[tuple[str, str]]

    @property
    def killed(self) -> bool:
        """Whether it was killed."""
        return self.finished.status == -signal.SIGKILL

    def asked_for(self, operation: str) -> bool:
        """Whether anything was asked of a host on behalf of an operation."""
        return any(name == operation for _, name in self.order)

    def expect(self) -> Deployed:
        """This, or an error that shows the first operation that failed when any did."""
        if self.finished.status != 0:
            failed = [row["name"] for row in self.operations if row["error"]] if self.report else []
            raise AssertionError(f"{' '.join(self.finished.arguments)} ended with {self.finished.status}\n{self.said_of(*failed[:1])}")
        return self

    def said_of(self, operation: str = "") -> str:
        """What the run said while an operation ran; without one, the last that it said."""
        _, _, rest = self.finished.errors.partition(f"--> Starting operation: {operation} ")
        return rest.partition("\n--> ")[0][-8000:] if operation else self.finished.errors[-8000:]

    @property
    def report(self) -> dict[str, Any]:
        """pyinfra's own JSON; empty when it died or every host failed."""
        return json.loads(self.finished.output) if self.finished.output.strip() else {}

    @property
    def totals(self) -> dict[str, int]:
        """Operations by outcome: ``success`` means changed."""
        return dict(self.report["results"]["totals"])

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The operations in the order they ran."""
        return list(self.report["results"]["operations"])

    def changed(self) -> list[str]:
        """The operations that changed something, each with its hosts."""
        return [f"{row['name']} on {', '.join(row['success'])}" for row in self.operations if row["success"]]

    def commands(self) -> Counter[str]:
        """Remote commands by host."""
        total: Counter[str] = Counter()
        for row in self.counts:
            total[row["host"]] += row["commands"]
        return total


@dataclass(frozen=True)
class Environment:
    """Test hosts under one name; ``inventories/<name>.yml`` says what they are."""

    name: str

    def provision(self, verb: str, *arguments: str, timeout: float = 900) -> Finished:
        """``python -m provision VERB --env NAME``."""
        return run("python", "-m", "provision", verb, "--env", self.name, *arguments, timeout=timeout)

    def deploy(
        self, file: str, *arguments: str, kill: Kill | None = None, kill_before: int | None = None, timeout: float = 1800
    ) -> Deployed:
        """``pyinfra inventories/NAME.py deploys/FILE -y --json``, with a witness for its remote commands that may kill it."""
        BUILD.mkdir(parents=True, exist_ok=True)
        counts = BUILD / f"{self.name}-counts.json"
        counts.unlink(missing_ok=True)
        chosen = Kill(kill_before) if kill_before is not None else kill
        finished = run(
            *("python", "-m", "tests.harness.watched_pyinfra", "--counts", str(counts), *(chosen.arguments() if chosen else ()), "--"),
            *(f"inventories/{self.name}.py", f"deploys/{file}", "-y", "--json", *arguments),
            timeout=timeout,
        )
        seen = json.loads(counts.read_text()) if counts.exists() else {"rows": [], "order": []}
        return Deployed(finished, [row for row in seen["rows"] if row["host"] != VAULT], [tuple(one) for one in seen["order"]])

    def plan(self, file: str, *arguments: str) -> Finished:
        """``pyinfra inventories/NAME.py deploys/FILE --dry``."""
        return run("pyinfra", f"inventories/{self.name}.py", f"deploys/{file}", "--dry", *arguments)

    def fact(self, name: str, *arguments: str) -> dict[str, Any]:
        """``pyinfra inventories/NAME.py fact NAME --json``: the answer of each host."""
        finished = run("pyinfra", f"inventories/{self.name}.py", "fact", name, *arguments, "--json").expect()
        answer: dict[str, Any] = json.loads(finished.output)
        return answer

    def hosts_file(self) -> list[dict[str, Any]]:
        """The hosts file that `provision` wrote."""
        rows: list[dict[str, Any]] = json.loads((Path(ROOT) / "inventories" / f".{self.name}.hosts.json").read_text())
        return rows
