"""pyinfra with a witness: counts the remote commands of a run and can kill the run before one of them.

    python -m tests.harness.watched_pyinfra --counts FILE [--kill-before K] -- INVENTORY DEPLOY …

The kill is SIGKILL to ourselves, as a crash or a closed laptop would be: nothing is cleaned up. Uploads count like commands.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyinfra_cli.main  # first: it makes sockets cooperative
from pyinfra.connectors.ssh import SSHConnector

WATCHED = ("run_shell_command", "put_file", "get_file")


class Witness:
    """Counts what goes to hosts, by host and by the operation that asked for it."""

    def __init__(self, counts: Path, kill_before: int | None) -> None:
        self.counts = counts
        self.kill_before = kill_before
        self.seen: Counter[tuple[str, str]] = Counter()

    def note(self, connector: SSHConnector) -> None:
        """One more remote command is about to start."""
        self.seen[connector.host.name, operation_name(connector)] += 1
        total = sum(self.seen.values())
        if self.kill_before is not None and total >= self.kill_before:
            self.write()
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self) -> None:
        """Write the counts: a list of host, operation, commands."""
        rows = [{"host": host, "operation": name, "commands": count} for (host, name), count in self.seen.items()]
        self.counts.write_text(json.dumps(rows, indent=1))


def operation_name(connector: SSHConnector) -> str:
    """The operation on whose behalf the host is asked, or what else asks."""
    host = connector.host
    state = host.state
    meta = state.op_meta.get(host.executing_op_hash) if host.executing_op_hash else None
    return ", ".join(sorted(meta.names)) if meta else "preparation"


def watch(witness: Witness) -> None:
    """Make every remote command pass the witness."""
    for name in WATCHED:
        original = getattr(SSHConnector, name)

        def watched(self: SSHConnector, *arguments: Any, _original: Any = original, **options: Any) -> Any:
            witness.note(self)
            return _original(self, *arguments, **options)

        setattr(SSHConnector, name, watched)


def main() -> None:
    """Parse our own arguments, then be pyinfra."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--kill-before", type=int)
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    witness = Witness(options.counts, options.kill_before)
    watch(witness)
    sys.argv = ["pyinfra", *(options.rest[1:] if options.rest[:1] == ["--"] else options.rest)]
    sys.path.insert(0, str(Path.cwd()))
    try:
        pyinfra_cli.main.main()
    finally:
        witness.write()


if __name__ == "__main__":
    main()
