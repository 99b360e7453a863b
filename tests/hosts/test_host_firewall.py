"""The host firewall, seen from outside: from a stranger's container and from a neighbouring host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sams.adapters.hosts_file import HostRecord
from tests.harness.hosts import inside
from tests.hosts.conftest import PreparedHosts
from tests.hosts.looking import busybox_image, shell, started_again, table
from tests.lab.attack import Stranger


@pytest.fixture(scope="module")
def containers(prepared: PreparedHosts) -> Iterator[HostRecord]:
    """On the mail host: a container on a port of the table, one on a port beside it, one on loopback."""
    record = prepared.mail
    busybox_image(record, "web")
    shell(
        record,
        'run() { docker run --restart always -d "$@" web /bin/busybox httpd -f -p 80 -h /bin; }; '
        "run --name inside-the-table -p 143:80; run --name beside-the-table -p 8443:80; run --name for-loopback -p 127.0.0.1:13306:80",
    )
    yield record
    shell(record, "docker rm -f inside-the-table beside-the-table for-loopback")


def address_of(record: HostRecord, container: str) -> str:
    return shell(record, f"docker inspect -f '{{{{.NetworkSettings.IPAddress}}}}' {container}").strip()


def test_only_ports_of_the_table_are_reachable_whatever_docker_publishes(containers: HostRecord, outsider: Stranger) -> None:
    assert outsider.knock(containers.private_address, 143).outcome == "accepted"
    assert outsider.knock(containers.private_address, 22).outcome == "accepted"
    assert outsider.knock(containers.private_address, 8443).outcome == "blocked"
    shell(containers, "docker exec inside-the-table /bin/busybox true && bash -c 'exec 3<>/dev/tcp/127.0.0.1/13306'")


def test_containers_are_not_reachable_by_their_own_addresses(containers: HostRecord, prepared: PreparedHosts, outsider: Stranger) -> None:
    address = address_of(containers, "for-loopback")
    neighbour = prepared.auxiliary
    shell(neighbour, f"ip route replace {address}/32 via {containers.private_address}")
    knock = f"timeout 5 bash -c 'exec 3<>/dev/tcp/{address}/80' && echo open || echo closed"
    assert shell(neighbour, knock).strip() == "closed"
    ruleset = table(containers)
    try:
        inside(containers, "nft", "delete", "table", "inet", "sams_host")
        without = outsider.knock(containers.private_address, 8443).outcome
    finally:
        inside(containers, "nft", "-f", "/etc/sams/firewall.nft")
        shell(neighbour, f"ip route del {address}/32")
    assert without == "accepted", "it was not our table that closed the port"
    assert table(containers) == ruleset


def test_nobody_reaches_a_container_through_dockers_proxy_which_would_hide_who_it_is(containers: HostRecord, outsider: Stranger) -> None:
    """Over IPv6, which these containers do not have: the proxy would connect to them from the bridge's own address."""
    if not containers.ipv6_address:
        pytest.skip("this machine has no IPv6")
    assert outsider.knock(containers.ipv6_address, 22).outcome == "accepted"
    assert outsider.knock(containers.ipv6_address, 143).outcome == "blocked"
    try:
        inside(containers, "nft", "delete", "table", "inet", "sams_host")
        assert outsider.knock(containers.ipv6_address, 143).outcome == "accepted", "there is no proxy to close"
    finally:
        inside(containers, "nft", "-f", "/etc/sams/firewall.nft")


def test_programs_of_the_host_are_closed_unless_they_stand_in_the_table(containers: HostRecord, outsider: Stranger) -> None:
    shell(containers, "systemd-run --quiet --unit=stray-listener busybox httpd -f -p 9999 -h /tmp")
    try:
        shell(containers, "until ss -ltn | grep -q :9999; do sleep 0.1; done")
        assert outsider.knock(containers.private_address, 9999).outcome == "blocked"
        assert "9999" in shell(containers, "ss -ltn")
    finally:
        shell(containers, "systemctl stop stray-listener")


def test_the_table_survives_a_restart_of_docker(containers: HostRecord) -> None:
    before = table(containers)
    inside(containers, "systemctl", "restart", "docker.service")
    assert table(containers) == before


def test_whoever_loads_the_distributions_rules_and_flushes_all_others_gets_ours_again(prepared: PreparedHosts) -> None:
    record = prepared.mail
    before = table(record)
    shell(record, "printf 'flush ruleset\\n' > /etc/nftables.conf; systemctl start nftables.service")
    for verb_of_theirs in ("restart", "reload"):
        inside(record, "systemctl", verb_of_theirs, "nftables.service")
        shell(record, "timeout 10 sh -c 'until nft list table inet sams_host >/dev/null 2>&1; do sleep 0.1; done'")
        assert table(record) == before
    inside(record, "systemctl", "stop", "nftables.service")
    started_again(record)  # the test network's name server is reached through a rule that was flushed too
    assert table(record) == before


def test_a_table_that_somebody_removed_is_repaired_by_the_next_run(prepared: PreparedHosts) -> None:
    before = table(prepared.auxiliary)
    inside(prepared.auxiliary, "nft", "delete", "table", "inet", "sams_host")
    again = prepared.deploy_again()
    assert again.changed() == ["Base | The host firewall stands on aux1"]
    assert table(prepared.auxiliary) == before


def test_the_packet_filter_of_the_image_has_given_way_but_for_the_services_of_its_cloud(prepared: PreparedHosts) -> None:
    record = prepared.mail
    rules = shell(record, "iptables-save -t filter")
    assert "REJECT --reject-with icmp-host-prohibited" not in rules
    assert "InstanceServices" not in rules
    assert "DOCKER-USER" in rules
    assert shell(record, "ls /etc/iptables").split() == ["rules.v4.before-sams"]
    assert shell(record, "systemctl is-enabled netfilter-persistent.service", check=False).strip() == "masked"
    assert "ip daddr 169.254.0.2 tcp dport 3260 meta skuid 0 accept" in table(record)
    assert "chain instance_services" not in table(prepared.auxiliary)


def test_another_front_end_of_the_packet_filter_is_refused_with_the_next_command(prepared: PreparedHosts) -> None:
    record = prepared.auxiliary
    shell(record, "printf '#!/bin/sh\\necho Status: active\\n' > /usr/sbin/ufw; chmod 755 /usr/sbin/ufw")
    try:
        refused = prepared.deploy("--limit", "aux1")
        assert refused.finished.status == 1
        assert "ufw disable" in refused.finished.errors
    finally:
        shell(record, "rm /usr/sbin/ufw")
    prepared.assert_nothing_changes()
