"""Hosts with base, Docker and unattended upgrades, made once for the tests of this folder that need no mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from tests.harness.environment import Deployed, Environment
from tests.harness.own_environment import own_environment
from tests.harness.processes import Finished
from tests.lab.attack import Stranger, stranger

SERVICES = "../tests/hosts/host_services.py"
SETTINGS = """\
version: 1
machines:
  provider: docker
  docker: {subnet: 172.31.84.0/24, ipv6_subnet: "fd77:0:0:84::/64"}
  hosts:
    mail1: {groups: [mailservers], fqdn: mail.example.test, release: trixie, image_rules: oci}
    aux1: {groups: [auxiliary], fqdn: vault.example.test, release: bookworm}
base: {time_zone: Europe/Vienna}
docker: {packages: distribution}
alerts:
  smtp: {host: mx.outside.test, port: 25, from: alerts@example.test, to: [admin@outside.test]}
"""


@dataclass(frozen=True)
class PreparedHosts:
    """Two hosts, Debian 13 with an image's packet filter and Debian 12, and what their first deployment said."""

    environment: Environment
    plan: Finished
    first: Deployed

    def record(self, name: str) -> HostRecord:
        """One host."""
        return next(record for record in hosts_file.read(self.environment.name) if record.name == name)

    @property
    def mail(self) -> HostRecord:
        """The host with Docker."""
        return self.record("mail1")

    @property
    def auxiliary(self) -> HostRecord:
        """The host without."""
        return self.record("aux1")

    @property
    def network(self) -> str:
        """The network that the hosts share with strangers."""
        return f"sams-{self.environment.name}"

    def deploy(self, *arguments: str, kill_before: int | None = None) -> Deployed:
        """Deploy the services of this folder."""
        return self.environment.deploy(SERVICES, *arguments, kill_before=kill_before)

    def deploy_again(self) -> Deployed:
        """A run that must work."""
        again = self.deploy()
        again.finished.expect()
        return again

    def assert_nothing_changes(self) -> None:
        """A run that finds everything as it should be."""
        again = self.deploy_again()
        assert again.totals["success"] == 0, again.changed()


@pytest.fixture(scope="session")
def prepared() -> Iterator[PreparedHosts]:
    """The hosts, planned and deployed once."""
    with own_environment("dev-host-tests", SETTINGS) as environment:
        plan = environment.plan(SERVICES)
        first = environment.deploy(SERVICES)
        first.finished.expect()
        yield PreparedHosts(environment, plan, first)


@pytest.fixture(scope="session")
def outsider(prepared: PreparedHosts) -> Iterator[Stranger]:
    """Somebody else on the network of the prepared hosts."""
    with stranger(prepared.environment.name, prepared.network) as somebody:
        yield somebody
