"""Running a program of `sams.remote` on the host, and failing just one host."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from sams.adapters.remote_archive import LINK
from sams.core.secret import PLACEHOLDER, Secret


class MaskedStdin:
    """Standard input of a remote command: readable any number of times (retries, both phases), never rendered."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.splitlines(keepends=True))

    def readlines(self) -> list[str]:
        """What pyinfra's connectors call."""
        return list(self)

    def __repr__(self) -> str:
        return PLACEHOLDER


def encode(value: object) -> object:
    """Reveal a `Secret` inside a job that is on its way to standard input."""
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"a job holds values of JSON and secrets, not {type(value).__name__}")


def remote_command(verb: str, job: Mapping[str, Any]) -> StringCommand:
    """The command that runs a verb of ``remote.pyz`` with ``job`` (JSON values and `Secret`) on its masked standard input."""
    return StringCommand("python3", LINK, verb, "-", _stdin=MaskedStdin(json.dumps(job, default=encode) + "\n"))


def fail_host(why: str) -> FunctionCommand:
    """A command that fails this host alone, saying why; the other hosts go on."""
    return FunctionCommand(_fail, (why,), {})


def _fail(state: State, host: Host, why: str) -> bool:
    host.log_styled(why, fg="red", log_func=logger.error)
    return False
