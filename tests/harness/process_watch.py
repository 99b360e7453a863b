"""Writes down the arguments and environment of every process that can be seen, until told to stop.

    python -m tests.harness.process_watch FILE

Processes of test hosts are processes of this machine, so one watcher sees the operator's side, the hosts' side and what runs in containers
on the hosts. The kernel tells of each program that starts, and all processes are looked at from time to time; where the kernel tells
nothing, they are looked at all the time. What lives for less than a few milliseconds can escape, so the commands that pyinfra logs at
``-vvv`` are searched too.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from tests.harness.exec_events import listener, started

#: Seconds between two looks at all processes: where the kernel tells of new ones, and where it does not.
SELDOM, OFTEN = 10.0, 0.01
#: Seconds until the watcher hears that it is to stop.
MOMENT = 0.2
#: A process replaces its program soon after its birth or hardly ever: so long it is looked at each time, later once in that time.
YOUNG = 1.0


class Watch:
    """What was seen so far, each process once for each program that it was."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, bytes], dict[str, object]] = {}
        self._looked: dict[str, tuple[float, float]] = {}

    def look(self) -> None:
        """Add what is new."""
        now, living = time.monotonic(), {name for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208 # a tenth of the time
        self._looked = {process: times for process, times in self._looked.items() if process in living}
        for process in living:
            born, looked = self._looked.get(process, (now, 0.0))
            if now - born < YOUNG or now - looked > YOUNG:
                self._looked[process] = (born, now)
                with contextlib.suppress(OSError):
                    self.note(Path("/proc", process))

    def listen(self, news: socket.socket | None) -> None:
        """Wait a moment for news of programs that start, and add those."""
        if news is None:
            time.sleep(OFTEN)
        elif select.select([news], [], [], MOMENT)[0]:
            for process in started(news):
                with contextlib.suppress(OSError):
                    self.note(Path("/proc", str(process)))

    def note(self, process: Path) -> None:
        """Keep a process's arguments and environment."""
        arguments = (process / "cmdline").read_bytes()
        key = process.name, arguments
        if arguments and key not in self.rows and int(process.name) != os.getpid():
            self.rows[key] = {
                "depth": depth((process / "status").read_text()),
                "arguments": arguments.decode("latin-1"),
                "environment": (process / "environ").read_bytes().decode("latin-1"),
            }

    def write(self, target: Path) -> None:
        """One JSON object a line, for its owner alone."""
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.writelines(f"{json.dumps(row)}\n" for row in self.rows.values())


def depth(status: str) -> int:
    """How many containers a process is in: 0 on this machine, 1 on a test host, 2 in a container there (proc(5), NSpid)."""
    numbers = next(line for line in status.splitlines() if line.startswith("NSpid:"))
    return len(numbers.split()) - 2


def main(target: Path) -> None:
    """Watch until SIGTERM, then write what was seen."""
    watch, stopping, news = Watch(), False, listener()

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(PermissionError):
        os.nice(-15)  # what is watched must not be faster
    watch.look()
    print("watching", flush=True)
    looked = time.monotonic()
    while not stopping:
        watch.listen(news)
        if time.monotonic() - looked > (SELDOM if news else OFTEN):
            watch.look()
            looked = time.monotonic()
    watch.write(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
