"""pyinfra with a witness: counts the remote commands of a run and can kill the run before, or while, one of them runs.

    python -m tests.harness.watched_pyinfra --counts FILE [KILL] -- INVENTORY DEPLOY …
    KILL: --kill-before K, or --kill-in OPERATION [--nth N]; [--kill-after SECONDS]

The kill is SIGKILL to ourselves, as a crash or a closed laptop would be: nothing is cleaned up, and what runs on a host goes on there.
Uploads count like commands.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pyinfra_cli.main  # isort: skip # first: it makes sockets cooperative
import gevent
import requests
from pyinfra.api import operations
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.context import ctx_host

from tests.harness.witness import VAULT, Kill, Witness

WATCHED = ("run_shell_command", "put_file", "get_file")


def operation_name(host: Host) -> str:
    """The operation on whose behalf something is asked of a host, facts in its body included; or what else asks."""
    meta = host.state.op_meta.get(host.executing_op_hash) if host.executing_op_hash else None
    return ", ".join(sorted(meta.names)) if meta else "preparation"


def watch(witness: Witness, counts: Path) -> None:
    """Make every remote command and every request to Vault pass the witness, and have operations timed."""

    def die() -> None:
        witness.write(counts)
        os.kill(os.getpid(), signal.SIGKILL)

    def note(name: str, host: Host) -> None:
        if witness.note(name, operation_name(host)) and witness.kill:
            gevent.spawn_later(witness.kill.after, die) if witness.kill.after else die()

    for name in WATCHED:
        watch_commands(name, note)
    watch_vault(note)
    watch_time(witness)


def watch_commands(name: str, note: Any) -> None:
    """Note each call of a method of the SSH connector."""
    original = getattr(SSHConnector, name)

    def watched(self: SSHConnector, *arguments: Any, **options: Any) -> Any:
        note(self.host.name, self.host)
        return original(self, *arguments, **options)

    setattr(SSHConnector, name, watched)


def watch_vault(note: Any) -> None:
    """Note each HTTP request that is made for a host: all of them go to Vault."""
    original = requests.Session.send

    def watched(self: requests.Session, *arguments: Any, **options: Any) -> Any:
        if ctx_host.isset():
            note(VAULT, ctx_host.get())
        return original(self, *arguments, **options)

    requests.Session.send = watched  # type: ignore[method-assign]


def watch_time(witness: Witness) -> None:
    """Time each operation on each host."""
    original = operations.run_host_op

    def timed(state: State, host: Host, op_hash: str) -> bool:
        started, name = time.monotonic(), ", ".join(sorted(state.get_op_meta(op_hash).names))
        try:
            return original(state, host, op_hash)
        finally:
            if op_hash in state.ops[host]:
                witness.took(host.name, name, time.monotonic() - started)

    operations.run_host_op = timed


def main() -> None:
    """Parse our own arguments, then be pyinfra."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--kill-before", type=int)
    parser.add_argument("--kill-in", default="")
    parser.add_argument("--nth", type=int, default=1)
    parser.add_argument("--kill-after", type=float, default=0)
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    wanted = options.kill_before is not None or options.kill_in
    witness = Witness(Kill(options.kill_before or options.nth, options.kill_in, options.kill_after) if wanted else None)
    watch(witness, options.counts)
    sys.argv = ["pyinfra", *(options.rest[1:] if options.rest[:1] == ["--"] else options.rest)]
    sys.path.insert(0, str(Path.cwd()))
    try:
        pyinfra_cli.main.main()
    finally:
        witness.write(options.counts)


if __name__ == "__main__":
    main()
