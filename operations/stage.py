"""Joining the hosts: pyinfra orders operations per host only."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host


@operation()
def stage(*, reached: str) -> Generator[StringCommand, None, None]:
    """A point that every host reaches before any goes on; it changes nothing.

    + reached: what holds from here on
    """
    host.noop(reached)
    yield from ()
