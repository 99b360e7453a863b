"""The one deployed site that host tests and stories share, made once a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.harness.first_deployment import FirstDeployment
    from tests.harness.site import Site


#: Fixtures with hosts that many tests share, the longest first: their tests stay together and begin early.
SHARED_HOSTS = ("first_deployment", "prepared")


@pytest.hookimpl(tryfirst=True)  # before the lanes read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `make test` run two lanes: tests that share hosts are one group, every other file is one."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=lambda item: SHARED_HOSTS.index(group) if (group := group_of(item)) in SHARED_HOSTS else len(SHARED_HOSTS))


def group_of(item: pytest.Item) -> str:
    """The shared hosts that a test needs, or its file."""
    fixtures = getattr(item, "fixturenames", ())
    return next((name for name in SHARED_HOSTS if name in fixtures), str(item.path))


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
