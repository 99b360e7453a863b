"""Who may never be banned, when bans happen, and what Fail2Ban and the kernel are told."""

from __future__ import annotations

from configparser import ConfigParser, RawConfigParser
from ipaddress import ip_address, ip_network
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from deploys.fail2ban import RELOAD_ON, RESTART_ON, files, guarded_ports
from sams.core.bans import HostAddresses, allow_list, mailcow_thresholds
from sams.core.bans_files import OUTAGE_SCRIPT, fail2ban_local, jail_local, jails, table
from sams.core.settings import Settings
from sams.remote.bans import dropped_sets, jail_faults, missing

HOST: HostAddresses = SimpleNamespace(public_address="198.51.100.1", private_address="10.0.0.2", ipv6_address="2001:db8:1::1")
MAIL = guarded_ports(["mailservers"])


def settings(**fail2ban: Any) -> Settings:
    machines = {"provider": "given", "hosts": {"mail1": {"groups": ["mailservers"], "fqdn": "mail.example.org", "address": "198.51.100.1"}}}
    return Settings.model_validate({"version": 1, "machines": machines, "fail2ban": fail2ban})


def rendered(values: Settings) -> RawConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.read_string(jail_local(values, HOST, jails(values, MAIL)))
    return parser


def test_loopback_webmail_gateway_own_and_the_operators_addresses_are_never_banned() -> None:
    allowed = [ip_network(name) for name in allow_list(settings(allow=["203.0.113.8", "2001:db8:17::/64"]), HOST)]
    webmail, gateway, own = "172.22.1.248", "172.22.1.1", ("198.51.100.1", "10.0.0.2", "2001:db8:1::1")
    for address in ("127.0.0.1", "::1", webmail, gateway, "fd4d:6169:6c63:6f77::4", *own, "203.0.113.8", "2001:db8:17::99"):
        assert any(ip_address(address) in network for network in allowed), address
    assert not any(ip_address("203.0.113.9") in network for network in allowed)


@given(st.lists(st.ip_addresses(v=4).map(lambda address: f"{address}/32"), max_size=5))
def test_the_allow_list_never_says_anything_twice(addresses: list[str]) -> None:
    networks = [ip_network(name) for name in allow_list(settings(allow=addresses), HOST)]
    pairs = [(one, other) for one in networks for other in networks if one is not other and one.version == other.version]
    assert not [pair for pair in pairs if pair[0].overlaps(pair[1])]  # nftables refuses sets whose intervals overlap


def test_a_network_inside_another_is_left_out() -> None:
    assert allow_list(settings(allow=["10.0.0.0/8"]), HOST).count("10.0.0.2") == 0


@pytest.mark.parametrize("everybody", ["0.0.0.0/0", "128.0.0.0/1", "::/0", "2000::/3"])
def test_excepting_much_of_the_internet_is_refused(everybody: str) -> None:
    with pytest.raises(ValidationError, match="would except much of the internet"):
        settings(allow=[everybody])


@pytest.mark.parametrize("wrong", ["203.0.113.8/24", "mail.example.org", "203.0.113.256"])
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        settings(allow=[wrong])


@pytest.mark.parametrize("maxretry", [1, 3, 5, 20])
def test_mailcow_acts_later_than_fail2ban(maxretry: int) -> None:
    values = settings(dovecot={"maxretry": maxretry}, postfix={"maxretry": 3})
    thresholds = mailcow_thresholds(values)
    for jail in (values.fail2ban.dovecot, values.fail2ban.postfix):
        assert thresholds.max_attempts > 2 * jail.maxretry
        assert thresholds.retry_window <= jail.findtime_minutes * 60


def test_mail_hosts_guard_ssh_and_mail_and_other_hosts_ssh_alone() -> None:
    assert guarded_ports(["mailservers"]) == {"sshd": (22,), "postfix": (25, 465, 587), "dovecot": (110, 143, 993, 995, 4190)}
    assert guarded_ports(["auxiliary"]) == {"sshd": (22,)}


def test_every_jail_is_on_and_says_when_it_bans() -> None:
    parser = rendered(settings(sshd={"maxretry": 7, "findtime_minutes": 30, "bantime_minutes": 120}))
    assert parser.sections() == ["sshd", "mailcow-postfix", "mailcow-dovecot", "recidive"]
    assert all(parser[name]["enabled"] == "true" for name in parser.sections())
    assert [parser["sshd"][key] for key in ("maxretry", "findtime", "bantime")] == ["7", "1800", "7200"]


def test_mail_jails_ask_for_an_outage_before_they_count_and_ssh_does_not() -> None:
    parser = rendered(settings(outage_minutes=9))
    for jail in ("mailcow-postfix", "mailcow-dovecot"):
        assert parser[jail]["ignorecommand"] == f'{OUTAGE_SCRIPT} "<time>" "<restored>" 540'
    assert "ignorecommand" not in parser["sshd"]


def test_both_systems_except_the_same_addresses() -> None:
    values = settings(allow=["203.0.113.8"])
    assert tuple(rendered(values)["DEFAULT"]["ignoreip"].split()) == allow_list(values, HOST)


def test_fail2ban_remembers_bans_for_longer_than_they_last() -> None:
    parser = RawConfigParser()
    parser.read_string(fail2ban_local(settings(longest_ban_hours=2000, repeat_offenders={"bantime_hours": 100})))
    assert int(parser["Definition"]["dbpurgeage"]) > 2000 * 3600


def test_the_kernel_drops_before_address_translation_and_excepts_the_allowed_first() -> None:
    values = settings()
    text = table(values, HOST, jails(values, MAIL))
    rules = text.partition("type filter hook prerouting priority -150; policy accept;")[2].split("\n")
    rules = [rule.strip() for rule in rules if "saddr" in rule]
    assert [rule.split()[-1] for rule in rules] == ["accept"] * 2 + ["drop"] * 8
    assert "tcp dport { 110, 143, 993, 995, 4190 } ip6 saddr @mailcow-dovecot-inet6 drop" in rules
    assert rules[-1] == "ip6 saddr @recidive-inet6 drop"  # repeat offenders: every port


def test_every_file_of_ours_is_one_that_activates_the_service() -> None:
    written = {file.path for file in files(settings(), HOST, MAIL)}
    assert written == {*RESTART_ON, *RELOAD_ON}


RULE = {"expr": [{"match": {"op": "==", "left": {}, "right": "@sshd-inet4"}}, {"drop": None}]}


def test_only_a_rule_that_drops_carries_out_bans() -> None:
    assert dropped_sets(RULE) == ["sshd-inet4"]
    assert dropped_sets({"expr": [*RULE["expr"][:1], {"accept": None}]}) == []


def test_a_ban_that_the_kernel_lacks_is_a_fault_and_one_that_it_keeps_longer_is_not() -> None:
    believed, kernel = {"sshd": ["192.0.2.1", "192.0.2.2"]}, {"sshd": ["192.0.2.2", "192.0.2.3"]}
    assert missing(believed, kernel) == {"sshd": ["192.0.2.1"]}
    assert "192.0.2.1" in jail_faults(believed, kernel, {"sshd-inet4", "sshd-inet6"})[0]
    assert jail_faults({"sshd": []}, {}, {"sshd-inet4"}) == [
        "jail sshd: the kernel drops nobody of set sshd-inet6. Next: systemctl restart fail2ban.service"
    ]
