"""How provisioning speaks: one plain line a step, and errors that name the next command."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sams.core.errors import SamsError

#: Takes one line of progress.
Say = Callable[[str], None]


class ProvisionError(SamsError):
    """The machines are not as wanted and the message says what to do."""


class WaitingError(SamsError):
    """Something else must end or become free first; the same command works later."""

    exit_code = 75


@contextmanager
def timed(say: Say, what: str) -> Iterator[None]:
    """Say how long something took, once it has succeeded."""
    start = time.monotonic()
    yield
    say(f"{what} ({time.monotonic() - start:.1f} s)")
