"""``make demo``: the main job, from nothing to a mail that was sent and read back, on test hosts of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from tests.harness.environment import Environment
from tests.harness.mail import Submission, Submissions
from tests.harness.site import Site, addresses, machines, people, services

ENVIRONMENT = Environment("docker")
PORTS: dict[str, Callable[..., Submission]] = {"587 (STARTTLS)": Submission, "465 (TLS)": Submissions}

console = Console(highlight=False)


@contextmanager
def phase(title: str) -> Iterator[None]:
    """Say what happens and how long it took."""
    started = time.monotonic()
    console.print(f"  {title} …")
    yield
    console.print(f"  {title}: done in {time.monotonic() - started:.0f} s")


def main() -> None:
    """Run the demo and say where to look next."""
    started = time.monotonic()
    site = Site(ENVIRONMENT)
    with phase("Test hosts and their network"):
        machines(ENVIRONMENT)
    with phase("Site (pyinfra inventories/docker.py deploys/site.py)"):
        services(ENVIRONMENT)
    with phase("People (pyinfra inventories/docker.py deploys/users.py)"):
        people(ENVIRONMENT)
    sender, recipient, *_ = addresses()
    for port, submit in PORTS.items():
        with phase(f"A mail from {sender} by port {port} to {recipient}, read by IMAPS"):
            site.round_trip(sender, recipient, submit)
    where_next(site, time.monotonic() - started)


def where_next(site: Site, seconds: float) -> None:
    """Print addresses and the commands that look further."""
    server, vault_host = site.mail_server, site.host("auxiliary")
    console.print(f"""
The mail host works. It took {seconds:.0f} s.

  Mail host   {server.name} at {server.address}: 25 465 587 993 and https
  Vault       {vault_host.fqdn} at {vault_host.public_address}:8200 (private network)
  Test CA     {server.authority}

Look further:
  pyinfra inventories/docker.py fact facts.mailcow.Containers
  pyinfra inventories/docker.py fact facts.bans.Bans
  pyinfra inventories/docker.py deploys/site.py -y      a second run changes nothing
  python -m provision output --env docker               the hosts and how to reach them
  make clean                                            removes everything again""")


if __name__ == "__main__":
    main()
