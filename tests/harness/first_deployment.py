"""The first deployment of a session: made by the commands an operator uses, at their loudest, and everything written down."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from sams.adapters import hosts_file
from tests.harness.end_state import end_state
from tests.harness.environment import Deployed, Environment
from tests.harness.machine import Machine, machine_state
from tests.harness.processes import Finished
from tests.harness.site import Site, machines, people, services
from tests.harness.watching import processes_watched

LOUD = ("-vvv", "--debug", "--diff")


@dataclass(frozen=True)
class FirstDeployment:
    """The site, what was seen while it was deployed for the first time, and what it was then."""

    site: Site
    machine_before: Machine
    plan: Finished
    services: Deployed
    people: Deployed
    processes: Path
    seconds: float
    state: dict[str, object]


def deploy(environment: Environment, processes: Path) -> FirstDeployment:
    """Fresh test hosts, planned, deployed and populated; what lives meanwhile is written to ``processes``."""
    before = machine_state()
    environment.provision("destroy", "--yes", "--purge").expect()
    machines(environment)
    plan = environment.plan("site.py")
    started = time.monotonic()
    with processes_watched(processes):
        site_run = services(environment, *LOUD)
        people_run = people(environment, *LOUD)
    seconds = time.monotonic() - started
    state = end_state(Site(environment), hosts_file.read(environment.name))
    return FirstDeployment(Site(environment), before, plan, site_run, people_run, processes, seconds, state)
