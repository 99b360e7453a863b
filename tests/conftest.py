"""The one deployed site that host tests and stories share: made once a session, by the commands an operator uses."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness.environment import Deployed, Environment
from tests.harness.machine import Machine, machine_state
from tests.harness.processes import Finished
from tests.harness.site import Site, machines, people, services
from tests.harness.watching import processes_watched

LOUD = ("-vvv", "--debug", "--diff")


@dataclass(frozen=True)
class FirstDeployment:
    """The site, and what was seen while it was deployed for the first time."""

    site: Site
    machine_before: Machine
    plan: Finished
    services: Deployed
    people: Deployed
    processes: Path
    seconds: float


@pytest.fixture(scope="session")
def first_deployment(tmp_path_factory: pytest.TempPathFactory) -> FirstDeployment:
    """Fresh test hosts of ``inventories/docker.yml``, planned, deployed at the loudest, populated; everything is written down."""
    environment = Environment("docker")
    processes = tmp_path_factory.mktemp("watch") / "processes"
    before = machine_state()
    environment.provision("destroy", "--yes").expect()
    machines(environment)
    plan = environment.plan("site.py")
    started = time.monotonic()
    with processes_watched(processes):
        site_run = services(environment, *LOUD)
        people_run = people(environment, *LOUD)
    seconds = time.monotonic() - started
    return FirstDeployment(Site(environment), before, plan, site_run, people_run, processes, seconds)


@pytest.fixture(scope="session")
def site(first_deployment: FirstDeployment) -> Site:
    """The deployed site."""
    return first_deployment.site
