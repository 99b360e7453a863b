"""Facts that ask a program of `sams.remote`."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import FactProcessError
from pyinfra.api.facts import FactBase

from sams.adapters.remote_archive import LINK

NOT_THERE = '{"absent": "remote.pyz"}'


class RemoteFact(FactBase[dict[str, Any] | None]):
    """The answer of one verb of ``remote.pyz``; ``None`` while the host has no ``remote.pyz`` (a fresh host, in a plan).

    Subclasses give `verb` and may override `interpret`. Keyword arguments of ``host.get_fact`` are the job: they are visible in the host's
    process list and must not be secret.
    """

    verb: ClassVar[str]

    def command(self, **job: Any) -> StringCommand:
        """The remote command; a host without ``remote.pyz`` or Python answers with a sentinel."""
        job = job.get("job", job)  # pyinfra 3.10 hands over what `**job` took as one argument of that name
        call = StringCommand("python3", LINK, self.verb, QuoteString(json.dumps(job)))
        there = StringCommand("[ -e", LINK, "] && command -v python3 >/dev/null")
        return StringCommand("if", there, "; then", call, "; else echo", QuoteString(NOT_THERE), "; fi")

    def process(self, output: list[str]) -> dict[str, Any] | None:
        """Parse the one line of JSON."""
        try:
            answer: dict[str, Any] = json.loads("\n".join(output))
        except ValueError as error:
            raise FactProcessError(f"remote.pyz {self.verb}: expected one line of JSON, seen {output[:1]}") from error
        return None if answer.get("absent") == "remote.pyz" else self.interpret(answer)

    def interpret(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What the answer means; by default itself."""
        return answer


class Paths(RemoteFact):
    """Kind, digest, mode, owner and group of ``paths``."""

    verb = "files_state"


class UnitState(RemoteFact):
    """Whether a systemd ``unit`` runs, is enabled, and runs with its files as they are (``restart_on``, ``reload_on``)."""

    verb = "unit_state"
