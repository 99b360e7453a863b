"""Writes down the arguments and environment of every process that can be seen, until told to stop.

    python -m tests.harness.process_watch FILE

Processes of test hosts are processes of this machine, so one watcher sees the operator's side and the hosts' side alike. It samples: what
lives shorter than the pause between two looks can escape it, so the commands that pyinfra logs at ``-vvv`` are searched as well.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

PAUSE = 0.02


def look(known: dict[str, bytes]) -> None:
    """Add the processes that are new since the last look."""
    for process in os.scandir("/proc"):
        if process.name.isdigit() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                note(Path(process.path), known)


def note(process: Path, known: dict[str, bytes]) -> None:
    """Keep a process's arguments and environment; a process that replaces its program is a new one."""
    arguments = (process / "cmdline").read_bytes()
    key = f"{process.name} {arguments!r}"
    if arguments and key not in known:
        known[key] = arguments + b"\n" + (process / "environ").read_bytes()


def main(target: Path) -> None:
    """Watch until SIGTERM, then write what was seen."""
    known: dict[str, bytes] = {}
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    print("watching", flush=True)
    while not stopping:
        look(known)
        time.sleep(PAUSE)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(b"\n\n".join(known.values()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
