"""One acting verb at a time on this host: what an interrupted run left at work ends first."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

from sams.remote.errors import Failed

LOCK = Path("/run/sams.lock")
LOCK_PATIENCE_SECONDS = 900


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Keep other acting verbs out: what an interrupted run left running ends first.

    Raises
    ------
    Failed:
        When the other one does not end within 15 minutes.
    """
    with LOCK.open("w") as stream:
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while not locked(stream.fileno()):
            if time.monotonic() > deadline:
                seen = "seen another run still at work; next: ps ax | grep remote.pyz"
                raise Failed(f"{LOCK}: expected to be free within {LOCK_PATIENCE_SECONDS} s, {seen}")
            time.sleep(1)
        yield


def locked(descriptor: int) -> bool:
    """Try to take the lock; the kernel gives it back when this process ends, however it ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
