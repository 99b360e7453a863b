"""A first deployment that is killed again and again: the next run goes on, and in the end nothing tells that it was ever killed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from sams.adapters.vault import vault
from sams.core.secret import invent
from tests.harness import mail
from tests.harness.end_state import differences, end_state, in_container, sql
from tests.harness.environment import Deployed, Environment
from tests.harness.first_deployment import LOUD
from tests.harness.host_state import MAILCOW
from tests.harness.hosts import inside
from tests.harness.killing import Commands, chained, delicate_points, dice, drawn_points, killed, seed
from tests.harness.known_secrets import secrets_of
from tests.harness.leaks import leaks
from tests.harness.own_environment import derived, own_environment
from tests.harness.searches import host_files, stray
from tests.harness.site import Site, addresses, nothing_changes, people, services
from tests.harness.witness import Kill

NAME, NETWORK = "dev-kill", 141
UNINTERRUPTED, ITS_NETWORK = "dev-kill-not", 142
#: Points drawn besides the delicate ones; `make soak` takes every one there is.
DRAWN = 6
#: Until its administrator's password is ours, nobody outside reaches Mailcow.
CLOSED_UNTIL = "Mailcow | Open the gate"


@dataclass(frozen=True)
class Uninterrupted:
    """A first deployment that nobody killed, and its end."""

    services: Deployed
    people: Deployed
    state: dict[str, object]


@pytest.fixture(scope="module")
def uninterrupted() -> Uninterrupted:
    """A first deployment on hosts of its own, which are gone afterwards."""
    with own_environment(UNINTERRUPTED, derived(UNINTERRUPTED, ITS_NETWORK), mailcow=True) as made:
        return Uninterrupted(services(made), people(made), end_state(Site(made), hosts_file.read(UNINTERRUPTED)))


@pytest.fixture(scope="module")
def environment(uninterrupted: Uninterrupted) -> Iterator[Environment]:
    """Fresh hosts, as those of the uninterrupted deployment were."""
    with own_environment(NAME, derived(NAME, NETWORK), mailcow=True) as made:
        yield made


@dataclass(frozen=True)
class Survivor(Site):
    """A site whose first deployment was killed at every drawn point, and then left alone."""

    said: dict[str, bytes]


@pytest.fixture(scope="module")
def survivor(environment: Environment, uninterrupted: Uninterrupted) -> Survivor:
    """The points in the order of a deployment, all on the same hosts."""
    site, chosen = Survivor(environment, {}), seed()
    draw, commands = dice(chosen), Commands.of(uninterrupted.services, uninterrupted.people)
    points = chained(commands, [*delicate_points(commands, draw), *drawn_points(commands, draw, DRAWN)])
    print(f"SAMS_SEED={chosen}: killed {', '.join(map(str, points))}")
    for kill in points:
        run = killed(environment, kill, *LOUD)
        site.said[f"run killed {kill}"] = (run.finished.output + run.finished.errors).encode()
        if commands.operations.index(kill.inside) < commands.operations.index(CLOSED_UNTIL) and not run.asked_for(CLOSED_UNTIL):
            nobody_reaches_mailcow(site.host("mailservers"), kill)
    services(environment)
    people(environment)
    return site


def nobody_reaches_mailcow(record: HostRecord, kill: Kill) -> None:
    """No port of Mailcow can be connected to from outside."""
    reached = [port for port in (443, 587) if can_connect(record.public_address, port)]
    assert reached == [], f"after a run killed {kill}"


def can_connect(address: str, port: int) -> bool:
    """Whether a port takes a connection from this machine, quickly."""
    try:
        socket.create_connection((address, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def test_the_end_is_the_same_as_without_any_death(survivor: Survivor, uninterrupted: Uninterrupted) -> None:
    state = end_state(survivor, hosts_file.read(NAME))
    assert "\n".join(differences(uninterrupted.state, state)) == ""


def test_neither_killed_runs_nor_what_they_left_shows_a_secret(survivor: Survivor) -> None:
    secrets = secrets_of(NAME)
    assert leaks(survivor.said, secrets) == []
    assert stray(leak for record in hosts_file.read(NAME) for leak in host_files(record, secrets)) == set()


def test_a_run_after_all_that_changes_nothing(survivor: Survivor) -> None:
    nothing_changes(survivor)


def test_mail_travels_as_if_nothing_had_been(survivor: Survivor) -> None:
    sender, recipient, *_ = addresses()
    assert survivor.round_trip(sender, recipient, mail.Submission)


#: One change of each kind on the mail host behind our back, by where the comparison must show it.
CHANGES = {
    "packages": "apt-mark hold tzdata",
    "accounts": "useradd --system intruder",
    "files//etc/sams/firewall.nft/content": "echo '# by hand' >> /etc/sams/firewall.nft",
    f"files/{MAILCOW}/mailcow.conf/mode": f"chmod 644 {MAILCOW}/mailcow.conf",
    "files//etc/docker/daemon.json/owner": "chown ops /etc/docker/daemon.json",
    "files//etc/sams/stray": "touch /etc/sams/stray",
    "units": "systemctl stop sams-auth-outage.service",
    "tables": "nft add rule inet sams_host input tcp dport 9999 accept",
    "containers": "docker stop -t 1 mailcowdockerized-olefy-mailcow-1",
    "volumes": "docker volume create other",
    "networks": "docker network create other",
    "release": f"git -C {MAILCOW} checkout -q -b other",
}
#: The same in Mailcow: service of the container and command.
CHANGES_IN_MAILCOW = {
    "domain": ("mysql", sql("UPDATE domain SET active = 0")),
    "mailbox": ("mysql", sql("UPDATE mailbox SET quota = 1 LIMIT 1")),
    "alias": ("mysql", sql("DELETE FROM alias LIMIT 1")),
    "administrator": ("mysql", sql("INSERT INTO admin (username, password, superadmin) VALUES ('other', 'x', 1)")),
    "api key": ("mysql", sql("UPDATE api SET skip_ip_check = 1 LIMIT 1")),
    "bans": ("redis", 'redis-cli -a "$REDISPASS" SET F2B_OPTIONS {}'),
}


def test_the_comparison_sees_a_change_of_every_kind(survivor: Survivor) -> None:
    """Last in this module, as it spoils the site."""
    records, mail_host = hosts_file.read(NAME), survivor.host("mailservers")
    before = end_state(survivor, records)
    for command in CHANGES.values():
        inside(mail_host, "sh", "-c", command)
    for service, command in CHANGES_IN_MAILCOW.values():
        in_container(mail_host, service, command)
    assert vault(NAME).create("mail/servers/mail1/stray", {"key": invent()})
    seen = {line.split(":")[0] for line in differences(before, end_state(survivor, records))}
    expected = {*(f"/mail1/{place}" for place in CHANGES), *(f"/mailcow/{kind}" for kind in CHANGES_IN_MAILCOW)}
    assert seen == {*expected, "/vault/mail/servers/mail1/stray"}
