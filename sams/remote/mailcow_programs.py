"""Running programs for Mailcow: bounded in time, with the last lines of a failure."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sams.remote.errors import Failed

STATE = Path("/var/lib/sams/mailcow")
#: Where Mailcow is installed unless a job says otherwise.
DIRECTORY = "/opt/mailcow-dockerized"


def run(
    arguments: Sequence[str],
    *,
    directory: str | None = None,
    patience: int = 120,
    text: str = "",
    presets: dict[str, str] | None = None,
) -> str:
    """Run a program and give its standard output.

    Parameters
    ----------
    arguments:
        The program and its arguments; never a secret.
    directory:
        Where it runs.
    patience:
        Seconds after which it is killed.
    text:
        Its standard input: the road for secrets. Empty: it reads nothing.
    presets:
        Further environment variables; never a secret.

    Raises
    ------
    Failed:
        With the last lines that the program said.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/root", "LC_ALL": "C.UTF-8", **(presets or {})}
    try:
        done = subprocess.run(
            list(arguments),
            cwd=directory,
            input=text,
            capture_output=True,
            text=True,
            timeout=patience,
            env=environment,
            umask=0o022,
            check=False,
        )
    except FileNotFoundError as error:
        raise Failed(f"{arguments[0]}: expected this program on the host, seen none; next: deploy the site, which installs it") from error
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{' '.join(arguments)}: expected to end within {patience} s, seen it still running; it was stopped") from error
    if done.returncode != 0:
        raise Failed(f"{' '.join(arguments)} ended with {done.returncode}:\n{last_lines(done.stderr or done.stdout)}")
    return done.stdout


def last_lines(text: str, count: int = 12) -> str:
    """The end of an output, indented for an error message."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])
