"""Running programs of the host."""

from __future__ import annotations

import subprocess

from sams.remote.errors import Failed


def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program and give what it said, whatever its exit status; a program that is not there has status 127."""
    try:
        return subprocess.run(arguments, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return subprocess.CompletedProcess(arguments, 127, "", f"{arguments[0]}: not found")


def output(*arguments: str, stdin: str | None = None) -> str:
    """Standard output of a program that must succeed.

    Raises
    ------
    Failed:
        With the command and what it said.
    """
    done = run(*arguments, stdin=stdin)
    if done.returncode != 0:
        raise Failed(f"{' '.join(arguments)} failed with status {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def succeeds(*arguments: str) -> bool:
    """Whether a program ends with status 0."""
    return run(*arguments).returncode == 0
