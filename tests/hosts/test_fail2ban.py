"""Guessing passwords from elsewhere gets an address banned, before containers and host alike; nobody else is kept out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import pytest

from sams.adapters.hosts_file import HostRecord
from sams.adapters.settings import settings
from sams.core.bans_files import DOVECOT, OUTAGE_SCRIPT
from tests.harness.hosts import container, inside
from tests.harness.site import Site
from tests.lab.attack import Knock, Stranger, stranger

#: What is attacked: how to guess, the port, the jail that must answer.
SERVICES = {"ssh": (22, "sshd"), "submission": (587, "mailcow-postfix"), "imaps": (993, "mailcow-dovecot")}
TRIES = 6
#: A port that no jail of SSH or mail closes.
WEB = 443
REDIS = ("docker", "exec", "mailcowdockerized-redis-mailcow-1", "sh", "-c", 'REDISCLI_AUTH="$REDISPASS" exec redis-cli --raw "$@"', "redis")


@dataclass(frozen=True)
class Assault:
    """One attacker of one service over one IP version, and what it saw."""

    attacker: Stranger
    source: str
    target: str
    service: str
    guesses: tuple[Knock, ...]

    @property
    def port(self) -> int:
        return SERVICES[self.service][0]

    @property
    def jail(self) -> str:
        return SERVICES[self.service][1]


@pytest.fixture(scope="module")
def host(site: Site) -> HostRecord:
    return site.host("mailservers")


@pytest.fixture(scope="module")
def network(host: HostRecord) -> str:
    """The name of the network that the mail host is on."""
    return str(next(iter(container(host).attrs["NetworkSettings"]["Networks"])))


@pytest.fixture(scope="module")
def doors(site: Site, host: HostRecord) -> list[tuple[str, str]]:
    """(service, address) of all that can be attacked: IPv4, and IPv6 where this machine has it, for mail where the settings give it."""
    addresses = Stranger(container(host)).addresses()
    mail = addresses if settings(site.environment.name).docker.ipv6 else addresses[:1]
    return [(service, address) for service in SERVICES for address in (addresses if service == "ssh" else mail)]


@pytest.fixture(scope="module")
def bystander(site: Site, network: str) -> Iterator[Stranger]:
    with stranger(site.environment.name, network) as quiet:
        yield quiet


@pytest.fixture(scope="module")
def assaults(site: Site, host: HostRecord, network: str, doors: list[tuple[str, str]]) -> Iterator[list[Assault]]:
    """Every service is attacked over every IP version, each by an attacker of its own, all at the same time."""
    minutes = settings(site.environment.name).fail2ban.outage_minutes
    assert eventually(lambda: not outage(host, minutes), 60 * minutes + 30), "Mailcow cannot check passwords"
    with ExitStack() as strangers, ThreadPoolExecutor() as pool:
        attackers = {service: strangers.enter_context(stranger(site.environment.name, network)) for service in SERVICES}
        yield list(pool.map(lambda door: attack(attackers[door[0]], *door), doors))
        inside(host, "fail2ban-client", "unban", "--all")


def outage(host: HostRecord, minutes: int) -> bool:
    """Whether failures of mail are excused now: a stack that has just started may have had no back end for a moment."""
    return inside(host, OUTAGE_SCRIPT, str(time.time()), "0", str(60 * minutes), check=False) != ""


def attack(attacker: Stranger, service: str, target: str) -> Assault:
    """Guess until the door stays shut, at most `TRIES` times; a busy machine has a moment to act in between."""
    port = SERVICES[service][0]
    source = next(address for address in attacker.addresses() if ip_address(address).version == ip_address(target).version)
    guesses = [attacker.guess(service, target, port)]
    while not eventually(lambda: attacker.knock(target, port).outcome == "blocked", 2) and len(guesses) < TRIES:
        guesses.append(attacker.guess(service, target, port))
    return Assault(attacker, source, target, service, tuple(guesses))


def kernel(host: HostRecord, jail: str) -> set[str]:
    """The addresses that the kernel drops for a jail."""
    return all_kernel_bans(host)[jail]


def all_kernel_bans(host: HostRecord) -> dict[str, set[str]]:
    """Jail -> addresses, of all sets in our table that are not the allow list."""
    listed = json.loads(inside(host, "nft", "--json", "list", "table", "inet", "sams_bans"))["nftables"]
    banned: dict[str, set[str]] = {}
    for found in (item["set"] for item in listed if "set" in item and not item["set"]["name"].startswith("allowed")):
        jail = found["name"].rpartition("-")[0]
        banned.setdefault(jail, set()).update(element["elem"]["val"] for element in found.get("elem", []))
    return banned


def bans(site: Site, host: HostRecord) -> dict[str, Any]:
    """What our fact says."""
    found: dict[str, Any] = site.environment.fact("facts.bans.Bans")["facts.bans.Bans"][host.name]
    return found


def eventually(check: Callable[[], bool], seconds: float) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def all_are_shut_out(assaults: list[Assault]) -> bool:
    """Whether no attacker gets a connection any more; all knock at once, as each waits for an answer that does not come."""
    with ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(lambda one: one.attacker.knock(one.target, one.port).outcome, assaults))
    return set(outcomes) == {"blocked"}


def test_every_attack_reached_its_service_first(assaults: list[Assault], doors: list[tuple[str, str]]) -> None:
    assert len(assaults) == len(doors) >= len(SERVICES)
    for assault in assaults:
        assert assault.guesses[0].outcome == "refused", assault
        assert assault.guesses[-1].outcome != "accepted", assault


def test_every_attacker_is_in_the_kernels_set_of_its_jail_and_in_no_other(assaults: list[Assault], host: HostRecord) -> None:
    assert eventually(lambda: all(one.source in kernel(host, one.jail) for one in assaults), 10), all_kernel_bans(host)
    for jail, banned in all_kernel_bans(host).items():
        assert banned == {one.source for one in assaults if one.jail == jail}


def test_every_attacker_is_shut_out_and_a_bystander_is_not(assaults: list[Assault], bystander: Stranger) -> None:
    assert all_are_shut_out(assaults)
    assert {bystander.knock(one.target, one.port).outcome for one in assaults} == {"accepted"}


def test_a_ban_closes_the_attacked_service_alone(assaults: list[Assault], site: Site) -> None:
    open_to_all = [one for one in assaults if ip_address(one.target).version == 4 or settings(site.environment.name).docker.ipv6]
    assert {one.attacker.knock(one.target, WEB).outcome for one in open_to_all} == {"accepted"}


def test_the_fact_tells_who_is_banned(assaults: list[Assault], site: Site, host: HostRecord) -> None:
    answer = bans(site, host)
    assert answer["faults"] == []
    for assault in assaults:
        assert assault.source in answer["jails"][assault.jail]["kernel"]
        assert assault.source in answer["jails"][assault.jail]["fail2ban"]


def test_mailcows_own_chain_keeps_the_first_place_and_nothing_of_ours_is_near_it(assaults: list[Assault], host: HostRecord) -> None:
    listed = [item for family in ("ip", "ip6") for item in rules_of(host, family)]
    chains = {(item["family"], item["name"]) for item in listed if item.get("hook") in ("input", "forward")}
    assert ("ip", "forward") in {(family, name.lower()) for family, name in chains}
    for family, chain in chains:
        first = next(item for item in listed if item.get("chain") == chain and item["family"] == family)
        assert {"jump": {"target": "MAILCOW"}} in first["expr"], first
    assert "sams" not in inside(host, "iptables-save") + inside(host, "ip6tables-save")


def rules_of(host: HostRecord, family: str) -> list[dict[str, Any]]:
    """Chains and rules of the table that Docker and Mailcow share; empty where there is none."""
    listed = inside(host, "nft", "--json", "list", "table", family, "filter", check=False)
    objects = json.loads(listed)["nftables"] if listed else []
    return [item[kind] for item in objects for kind in ("chain", "rule") if kind in item]


def test_bans_survive_a_restart_of_fail2ban(assaults: list[Assault], host: HostRecord) -> None:
    before = all_kernel_bans(host)
    inside(host, "systemctl", "restart", "fail2ban.service")
    assert eventually(lambda: all_kernel_bans(host) == before, 15), all_kernel_bans(host)
    assert all_are_shut_out(assaults)


def test_bans_end_by_themselves_when_fail2ban_is_gone(assaults: list[Assault], host: HostRecord) -> None:
    listed = inside(host, "nft", "list", "table", "inet", "sams_bans")
    assert all(f"{one.source} timeout " in listed for one in assaults)


def test_a_table_that_somebody_removed_is_put_back_with_all_bans_by_the_next_run(
    assaults: list[Assault], site: Site, host: HostRecord
) -> None:
    before = all_kernel_bans(host)
    inside(host, "nft", "delete", "table", "inet", "sams_bans")
    assert bans(site, host)["faults"]
    deployed = site.environment.deploy("site.py")
    deployed.finished.expect()
    assert deployed.changed() == [f"Fail2Ban | See that the kernel carries out its bans on {host.name}"]
    assert eventually(lambda: all_kernel_bans(host) == before, 15), all_kernel_bans(host)


def test_who_is_banned_again_and_again_is_kept_from_every_port(bystander: Stranger, host: HostRecord) -> None:
    source, target = bystander.addresses()[0], host.public_address
    for _ in range(5):
        inside(host, "fail2ban-client", "set", "sshd", "banip", source)
        assert eventually(lambda: source in kernel(host, "sshd"), 5)
        inside(host, "fail2ban-client", "set", "sshd", "unbanip", source)
    assert eventually(lambda: source in kernel(host, "recidive"), 10)
    assert bystander.knock(target, WEB).outcome == "blocked"
    inside(host, "fail2ban-client", "unban", source)
    assert bystander.knock(target, WEB).outcome == "accepted"


LOGIN_REFUSED = (
    "Nov 22 08:36:03 b142394e1899 dovecot: auth-worker(191): conn unix:auth-worker (pid=122,uid=401): auth-worker<4>: "
    "lua(alice@example.org,{address},<VzkaXtlghanLAHFl>): Password mismatch (SHA1 of given password: 237a00)\r"
)
SEND = "import sys; from systemd import journal; [journal.send(line, CONTAINER_NAME=sys.argv[1]) for line in sys.argv[2:]]"


def test_webmail_gateway_and_own_addresses_are_never_banned_however_often_they_fail(host: HostRecord) -> None:
    webmail, gateway, somebody = "172.22.1.248", "172.22.1.1", "198.51.100.99"
    excepted = (webmail, gateway, "127.0.0.1", "fd4d:6169:6c63:6f77::1", host.public_address)
    lines = [LOGIN_REFUSED.format(address=address) for address in (*excepted, somebody) for _ in range(TRIES)]
    inside(host, "python3", "-c", SEND, DOVECOT, *lines)
    assert eventually(lambda: somebody in kernel(host, "mailcow-dovecot"), 15)  # the last of them: all the others have been read
    assert not {*excepted} & kernel(host, "mailcow-dovecot")
    inside(host, "fail2ban-client", "unban", somebody)


def test_not_even_a_ban_by_hand_keeps_the_operator_out(site: Site, host: HostRecord) -> None:
    excepted = str(settings(site.environment.name).fail2ban.allow[0].network_address)
    inside(host, "fail2ban-client", "set", "sshd", "banip", excepted)
    assert eventually(lambda: excepted in kernel(host, "sshd"), 5)
    assert site.environment.fact("facts.bans.Bans")["facts.bans.Bans"][host.name]  # which went over a new SSH connection
    inside(host, "fail2ban-client", "unban", excepted)


def test_the_log_is_rotated_and_fail2ban_goes_on_in_the_new_one(site: Site, host: HostRecord) -> None:
    inside(host, "logrotate", "--force", "/etc/logrotate.d/fail2ban")
    inside(host, "fail2ban-client", "set", "sshd", "banip", "192.0.2.77")
    assert eventually(lambda: "Ban 192.0.2.77" in inside(host, "cat", "/var/log/fail2ban.log"), 5)
    inside(host, "fail2ban-client", "unban", "192.0.2.77")
    assert bans(site, host)["faults"] == []


def insist(customer: Stranger, service: str, target: str) -> set[str]:
    """As many refused logins as would get an address banned on any other day."""
    tries = {"submission": 3, "imaps": 5}[service]
    return {customer.guess(service, target, SERVICES[service][0]).outcome for _ in range(tries)}


def test_an_outage_of_the_back_end_bans_nobody(site: Site, host: HostRecord, network: str, assaults: list[Assault]) -> None:
    """After this, for the minutes that the settings name, failures of mail are not counted: no test below attacks any more."""
    before = all_kernel_bans(host)
    long_ago, meanwhile = "192.0.2.1/32", "192.0.2.2/32"
    inside(host, *REDIS, "HSET", "F2B_ACTIVE_BANS", long_ago, "9999999999")
    inside(host, "docker", "stop", "mailcowdockerized-nginx-mailcow-1")
    try:
        with (
            stranger(site.environment.name, network) as sender,
            stranger(site.environment.name, network) as reader,
            ThreadPoolExecutor() as pool,
        ):
            sent, read = (
                pool.submit(insist, sender, "submission", host.public_address),
                pool.submit(insist, reader, "imaps", host.public_address),
            )
            assert sent.result() == read.result() == {"refused"}
            inside(host, *REDIS, "HSET", "F2B_ACTIVE_BANS", meanwhile, "9999999999")
            assert eventually(lambda: meanwhile not in inside(host, *REDIS, "HKEYS", "F2B_ACTIVE_BANS"), 30)
            assert long_ago in inside(host, *REDIS, "HKEYS", "F2B_ACTIVE_BANS")
            assert sender.knock(host.public_address, 587).outcome == reader.knock(host.public_address, 993).outcome == "accepted"
            assert all_kernel_bans(host) == before
    finally:
        inside(host, "docker", "start", "mailcowdockerized-nginx-mailcow-1")
        inside(host, *REDIS, "HSET", "F2B_QUEUE_UNBAN", long_ago, "1")


def test_bans_survive_a_restart_of_docker(assaults: list[Assault], site: Site, host: HostRecord, bystander: Stranger) -> None:
    before = all_kernel_bans(host)
    inside(host, "systemctl", "restart", "docker.service")
    assert all_kernel_bans(host) == before
    site.wait_until_mail_answers()
    assert all_are_shut_out(assaults)
    assert {bystander.knock(one.target, one.port).outcome for one in assaults} == {"accepted"}


def test_unbanning_lets_an_attacker_in_again(assaults: list[Assault], host: HostRecord) -> None:
    for assault in assaults:
        inside(host, "fail2ban-client", "unban", assault.source)
        assert assault.source not in kernel(host, assault.jail)
        assert assault.attacker.knock(assault.target, assault.port).outcome == "accepted"
