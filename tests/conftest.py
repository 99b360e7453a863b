"""The one deployed site that host tests and stories share, made once a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.harness.first_deployment import FirstDeployment
    from tests.harness.site import Site


#: Fixtures with hosts that many tests share, and the mark of the lane that `make test` runs them in.
LANES = {"first_deployment": pytest.mark.site, "prepared": pytest.mark.prepared}


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what shares hosts, so that `make test` can run the rest beside it."""
    for item in items:
        for fixture, mark in LANES.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def first_deployment(tmp_path_factory: pytest.TempPathFactory) -> FirstDeployment:
    """Fresh test hosts of ``inventories/docker.yml``, deployed for the first time."""
    from tests.harness import first_deployment  # here, so that tests without a host load none of it
    from tests.harness.environment import Environment

    return first_deployment.deploy(Environment("docker"), tmp_path_factory.mktemp("watch") / "processes")


@pytest.fixture(scope="session")
def site(first_deployment: FirstDeployment) -> Site:
    """The deployed site."""
    return first_deployment.site
