"""One calm line for each long step."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is done now and, when it is over, how long it took."""
    print(f"{what} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    yield
    print(f"    {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
