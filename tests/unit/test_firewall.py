"""The host firewall's rules, made from the table of ports."""

from __future__ import annotations

import re

import pytest

from sams.core.firewall import ruleset
from sams.core.image_rules import InstanceRule, RuleNotUnderstood, instance_rules
from sams.core.ports import PORTS, Port, ports_of

HOSTS = ("172.31.77.12", "172.31.77.11")


def rules(*ports: Port, ssh: tuple[int, ...] = (22,), hosts: tuple[str, ...] = HOSTS, kept: tuple[InstanceRule, ...] = ()) -> str:
    return ruleset(ports, ssh_ports=ssh, private_addresses=hosts, instance_rules=kept)


def chain(text: str, name: str) -> list[str]:
    """The lines of one chain."""
    found = re.search(rf"^  chain {name} {{\n(.*?)^  }}", text, re.DOTALL | re.MULTILINE)
    assert found, f"there is no chain {name}"
    return [line.strip() for line in found.group(1).splitlines()]


def test_what_is_not_in_the_table_is_dropped() -> None:
    assert chain(rules(), "input")[0] == "type filter hook input priority filter; policy drop;"
    assert chain(rules(), "containers_in")[-1] == "drop"


def test_the_ports_where_sshd_listens_are_open_whatever_the_table_says() -> None:
    assert "tcp dport { 22, 2222 } accept" in chain(rules(ssh=(2222, 22)), "input")


def test_a_port_that_a_container_publishes_is_opened_for_containers_and_not_on_the_host() -> None:
    text = rules(Port(25, "smtp", "mailservers", listener="container"))
    assert not [line for line in chain(text, "input") if "25" in line]
    assert "ct status dnat meta l4proto tcp ct original proto-dst @published_tcp_world accept" in chain(text, "containers_in")
    assert "elements = { 25 }" in text


def test_containers_reach_what_others_publish_by_the_address_of_the_host() -> None:
    text = rules(Port(443, "https", "mailservers", listener="container"))
    assert chain(text, "from_containers") == ["tcp dport { 443 } accept"]


def test_a_private_port_is_open_to_the_hosts_of_the_environment_alone() -> None:
    text = rules(Port(8200, "vault", "auxiliary", scope="private"), hosts=(*HOSTS, "fd00::2"))
    lines = [line for line in chain(text, "input") if "8200" in line]
    assert lines == [
        "ip saddr { 172.31.77.11, 172.31.77.12 } tcp dport { 8200 } accept",
        "ip6 saddr { fd00::2 } tcp dport { 8200 } accept",
    ]


def test_a_private_port_without_hosts_stays_closed() -> None:
    assert "8200" not in rules(Port(8200, "vault", "auxiliary", scope="private"), hosts=())


def test_the_table_is_replaced_in_one_transaction() -> None:
    first, second, third = (line for line in rules().splitlines() if "table inet" in line)
    assert (first, second, third) == ("table inet sams_host", "delete table inet sams_host", "table inet sams_host {")


def test_without_an_image_of_a_cloud_nothing_is_said_about_what_leaves_the_host() -> None:
    assert "hook output" not in rules()


def test_a_host_gets_the_ports_of_its_groups_only() -> None:
    assert [port.number for port in ports_of(["auxiliary"])] == [22, 8200]
    assert 8200 not in [port.number for port in ports_of(["mailservers"])]
    assert {port.number for port in ports_of(["mailservers", "auxiliary"])} == {port.number for port in PORTS}


def test_ports_of_the_settings_are_added() -> None:
    assert [port.number for port in ports_of(["auxiliary"], [Port(9100, "exporter", "all")])] == [22, 8200, 9100]


ISCSI = '-A InstanceServices -d 169.254.0.2/32 -p tcp -m owner --uid-owner 0 -m tcp --dport 3260 -m comment --comment "See it" -j ACCEPT'
REFUSED = "-A InstanceServices -d 169.254.0.0/16 -p udp -m udp -j REJECT --reject-with icmp-port-unreachable"


def test_rules_of_an_image_keep_their_meaning() -> None:
    kept = instance_rules(f"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j REJECT\n{ISCSI}\n{REFUSED}\nCOMMIT\n")
    assert [rule.as_nft() for rule in kept] == [
        "ip daddr 169.254.0.2 tcp dport 3260 meta skuid 0 accept",
        "ip daddr 169.254.0.0/16 meta l4proto udp reject with icmp port-unreachable",
    ]
    assert chain(rules(kept=kept), "instance_services") == [rule.as_nft() for rule in kept]


@pytest.mark.parametrize(
    "rule",
    [
        "-A InstanceServices -d 169.254.0.2/32 -p tcp -m tcp --sport 3260 -j ACCEPT",
        "-A InstanceServices ! -d 169.254.0.2/32 -p tcp -j ACCEPT",
        "-A InstanceServices -p tcp -j ACCEPT",
        "-A InstanceServices -d 169.254.0.2/32 -p tcp -j LOG",
        "-A InstanceServices -d 169.254.0.2/32 -p tcp -m limit --limit 3/s -j ACCEPT",
        "-A InstanceServices -d 169.254.0.2/32 -p tcp -m tcp --dport ssh -j ACCEPT",
    ],
)
def test_a_rule_that_would_change_its_meaning_is_refused_with_its_text(rule: str) -> None:
    with pytest.raises(RuleNotUnderstood, match=re.escape(rule)):
        instance_rules(rule)
