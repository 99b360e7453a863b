"""The OpenBao server of a host.

By hand: ``pyinfra inventories/docker.py fact facts.vault.SealState``.
"""

from __future__ import annotations

from typing import Any

from facts.remote import RemoteFact

ABSENT = {"state": "absent"}


class SealState(RemoteFact):
    """``state`` is ``absent``, ``silent`` (with ``why``), ``uninitialized``, ``sealed`` or ``open``; with ``version`` if it answers."""

    verb = "vault_state"

    def process(self, output: list[str]) -> dict[str, Any]:
        """The answer; a host without our programs has no server of ours."""
        return super().process(output) or dict(ABSENT)


class Version(SealState):
    """``version`` of the server that answers; ``None`` when none does."""

    def interpret(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Only the version."""
        return {"version": answer.get("version")}


class ServerState(RemoteFact):
    """All that the next step depends on: program, key, stanza, storage, unit and seal state (see `sams.remote.vault_state`)."""

    verb = "vault_state"
