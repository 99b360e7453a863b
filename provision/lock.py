"""One command at a time changes an environment."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from provision.report import WaitingError
from sams.adapters import hosts_file


@contextmanager
def alone(env: str) -> Iterator[None]:
    """Hold the environment's lock; the kernel frees it when this process ends, however it ends.

    Raises
    ------
    WaitingError
        When another command holds it (exit code 75).
    """
    path = hosts_file.lock_of(env)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WaitingError(
                f"another command is changing the machines of environment {env} ({path} is locked). Wait for it, then run this again."
            ) from error
        yield
