"""``make demo``: the main job, from nothing to a mail that was sent and read back, on test hosts of this machine.

``make demo MAILCOW=upstream`` takes Mailcow from its own repository and registry instead of the stand-in.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from tests.harness.environment import Environment
from tests.harness.mail import Submission, Submissions
from tests.harness.own_environment import UPSTREAM, configure, derived
from tests.harness.site import Site, addresses, machines, people, services

PORTS: dict[str, Callable[..., Submission]] = {"587 (STARTTLS)": Submission, "465 (TLS)": Submissions}

console = Console(highlight=False)


def environment() -> Environment:
    """The embedded environment, or one like it with the real Mailcow."""
    if os.environ.get("MAILCOW") != "upstream":
        return Environment("docker")
    return configure("dev-upstream", derived("dev-upstream", 78, UPSTREAM))


@contextmanager
def phase(title: str) -> Iterator[None]:
    """Say what happens and how long it took."""
    started = time.monotonic()
    console.print(f"  {title} …")
    yield
    console.print(f"  {title}: done in {time.monotonic() - started:.0f} s")


def main() -> int:
    """Run the demo and say where to look next; exit status 1 when something went wrong."""
    started = time.monotonic()
    site = Site(environment())
    try:
        whole_way(site)
    except AssertionError as error:
        console.print(f"{error}\nThe hosts are as they were then; the same command goes on.", markup=False)
        return 1
    where_next(site, time.monotonic() - started)
    return 0


def whole_way(site: Site) -> None:
    """From nothing to a mail that was read."""
    name = site.environment.name
    with phase("Test hosts and their network"):
        machines(site.environment)
    with phase(f"Site (pyinfra inventories/{name}.py deploys/site.py)"):
        services(site.environment)
    with phase(f"People (pyinfra inventories/{name}.py deploys/users.py)"):
        people(site.environment)
    sender, recipient, *_ = addresses()
    for port, submit in PORTS.items():
        with phase(f"A mail from {sender} by port {port} to {recipient}, read by IMAPS"):
            site.round_trip(sender, recipient, submit)


def where_next(site: Site, seconds: float) -> None:
    """Print addresses and the commands that look further."""
    server, vault_host, name = site.mail_server, site.host("auxiliary"), site.environment.name
    console.print(f"""
The mail host works. It took {seconds:.0f} s.

  Mail host   {server.name} at {server.address}: 25 465 587 993 and https
  Vault       {vault_host.fqdn} at {vault_host.public_address}:8200 (private network)
  Test CA     {server.authority}

Look further:
  pyinfra inventories/{name}.py fact facts.mailcow.Containers
  pyinfra inventories/{name}.py fact facts.bans.Bans
  pyinfra inventories/{name}.py deploys/site.py -y      a second run changes nothing
  python -m provision output --env {name:<20} the hosts and how to reach them
  make clean                                            removes everything again""")


if __name__ == "__main__":
    sys.exit(main())
