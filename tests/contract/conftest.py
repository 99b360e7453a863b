"""One stand-in for all contract tests of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.standin import Standin, running


@pytest.fixture(scope="session")
def standin() -> Iterator[Standin]:
    """The API with its database and its Redis; tests ask for `fresh()` where they need an empty server."""
    with running() as found:
        yield found
