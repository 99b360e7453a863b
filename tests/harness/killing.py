"""Deployments that are killed, and the points at which: drawn over all services, the delicate ones always among them."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.harness.environment import Deployed, Environment
from tests.harness.site import Site, nothing_changes, people, services
from tests.harness.witness import Kill

#: Operations with this name are those of the people's file, all others those of the site's.
PEOPLE = "People | "

#: Operations in whose neighbourhood a death is most delicate, with the seconds that their last command may be given before the run dies.
DELICATE = {
    "Base | The host firewall stands": 1.0,
    "Vault | Keys are saved in custody, then given to the server": 0.3,
    "Vault | The server is initialised and open": 3.0,
    "Mailcow | Write mailcow.conf": 1.0,
    "Mailcow | Run its containers": 20.0,
    "Mailcow | Replace the administrator's password": 2.0,
}


@dataclass(frozen=True)
class Commands:
    """What an uninterrupted first deployment asked for: the operation of each command, in order."""

    operations: tuple[str, ...]

    @classmethod
    def of(cls, *deployments: Deployed) -> Commands:
        """Those of one deployment after the other."""
        order = [operation for deployed in deployments for _, operation in deployed.order]
        return cls(tuple(operation for operation in order if operation != "preparation"))

    def every_point(self) -> list[Kill]:
        """A death before each command."""
        return [Kill(number, operation) for operation, count in Counter(self.operations).items() for number in range(1, count + 1)]

    def last(self, operation: str) -> int:
        """The number of an operation's last command: what the ones before looked at, this one changes."""
        return self.operations.count(operation)

    def after(self, operation: str) -> Kill:
        """A death as soon as an operation is done: before the first command of the next one."""
        names = list(dict.fromkeys(self.operations))
        return Kill(1, names[names.index(operation) + 1])


def seed() -> int:
    """What the draw begins with: of the environment (``SAMS_SEED``), or a new one."""
    return int(os.environ.get("SAMS_SEED") or random.SystemRandom().randrange(10**6))


def dice(chosen: int) -> random.Random:
    """A draw that begins with a seed."""
    return random.Random(chosen)  # noqa: S311 # nothing secret is drawn


def delicate_points(commands: Commands, draw: random.Random) -> list[Kill]:
    """In the middle of each delicate operation, and right after it."""
    points = []
    for operation, longest in DELICATE.items():
        points += [Kill(commands.last(operation), operation, after=draw.uniform(0.01, longest)), commands.after(operation)]
    return points


def drawn_points(commands: Commands, draw: random.Random, number: int) -> list[Kill]:
    """Deaths before so many commands, drawn over the services by turns."""
    services: dict[str, list[Kill]] = {}
    for kill in commands.every_point():
        services.setdefault(kill.inside.split(" | ")[0], []).append(kill)
    names = sorted(services)
    draw.shuffle(names)
    return [draw.choice(services[names[turn % len(names)]]) for turn in range(number)]


def chained(commands: Commands, kills: Sequence[Kill]) -> list[Kill]:
    """The points in the order of a deployment, one an operation, so that runs on one pair of hosts reach them one after the other."""
    names = list(dict.fromkeys(commands.operations))
    single = {kill.inside: kill for kill in reversed(kills)}
    return sorted(single.values(), key=lambda kill: names.index(kill.inside))


def killed(environment: Environment, kill: Kill, *arguments: str) -> Deployed:
    """A deployment that dies at this point; an error when it never came so far."""
    deployed = environment.deploy("users.py" if kill.inside.startswith(PEOPLE) else "site.py", *arguments, kill=kill)
    if not deployed.killed:
        raise AssertionError(f"expected the run to die {kill}, seen that it went on to its end\n{deployed.expect().said_of()}")
    return deployed


def killed_and_repaired(environment: Environment, kill: Kill) -> None:
    """A first deployment that dies at this point and is run again, as an operator would; then nothing is left to change."""
    if kill.inside.startswith(PEOPLE):
        services(environment)
    killed(environment, kill)
    services(environment)
    people(environment)
    nothing_changes(Site(environment))
