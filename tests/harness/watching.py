"""A deployment under observation: every process it starts and every word it says is kept, to be searched for secrets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.processes import ROOT


@contextmanager
def processes_watched(target: Path) -> Iterator[None]:
    """Write the arguments and environment of every process that lives meanwhile to ``target``."""
    command = [sys.executable, "-m", "tests.harness.process_watch", str(target)]
    watcher = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "watching\n"
    try:
        yield
    finally:
        watcher.terminate()
        watcher.wait(timeout=30)
        watcher.stdout.close()
