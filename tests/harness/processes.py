"""Running the commands that a user would run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Finished:
    """A process that ended."""

    arguments: tuple[str, ...]
    status: int
    output: str
    errors: str

    def expect(self, *statuses: int) -> Finished:
        """This, or an error that shows what the process said when it ended with another status (default: 0)."""
        if self.status not in (statuses or (0,)):
            raise AssertionError(f"{' '.join(self.arguments)} ended with {self.status}\n{self.output[-4000:]}\n{self.errors[-8000:]}")
        return self


def run(*arguments: str, timeout: float = 900, environment: Mapping[str, str] | None = None, stdin: str = "") -> Finished:
    """Run a program of the virtual environment or the system in the checkout, for at most ``timeout`` seconds."""
    done = subprocess.run(
        with_program(arguments),
        cwd=ROOT,
        env={**os.environ, "PYINFRA_PROGRESS": "off", **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Finished(arguments, done.returncode, done.stdout, done.stderr)


def with_program(arguments: Sequence[str]) -> list[str]:
    """The arguments with the virtual environment's own program where it has one."""
    own = PROGRAMS / arguments[0]
    return [str(own) if own.exists() else arguments[0], *arguments[1:]]
