"""Hosts after the base deploy, seen by other roads than the one that changed them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator

import pytest

from sams.adapters import hosts_file
from sams.adapters.hosts_file import INVENTORIES, HostRecord
from tests.harness.hosts import inside, restart
from tests.harness.processes import Finished, run
from tests.hosts.conftest import PreparedHosts
from tests.lab.attack import Stranger, stranger

CLOSED = """\
table inet sams_host
delete table inet sams_host
table inet sams_host { chain input { type filter hook input priority 0; policy drop; }; }
"""
REVERT_SOON = "/etc/systemd/system/sams-revert@.timer.d/soon.conf"


@pytest.fixture(scope="module")
def outsider(prepared: PreparedHosts) -> Iterator[Stranger]:
    with stranger(prepared.environment.name, prepared.network) as somebody:
        yield somebody


def shell(record: HostRecord, script: str, *, check: bool = True) -> str:
    return inside(record, "sh", "-c", script, check=check)


def login(record: HostRecord, user: str, *options: str) -> Finished:
    """Log in as an operator would, by OpenSSH's own client."""
    words = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ConnectTimeout=10", *options]
    return run("ssh", *(f"-o{word}" for word in words), "-i", record.key, f"{user}@{record.public_address}", "true", timeout=60)


def started_again(record: HostRecord) -> None:
    """Restart a host and wait until it has come up."""
    restart(record)
    shell(record, "timeout 90 sh -c 'until systemctl is-system-running --wait | grep -q running; do sleep 0.3; done'")


def table(record: HostRecord) -> str:
    return inside(record, "nft", "-s", "list", "table", "inet", "sams_host")


def assert_nothing_changes(prepared: PreparedHosts) -> None:
    again = prepared.deploy_again()
    assert again.totals["success"] == 0, again.changed()


def test_fresh_hosts_show_their_whole_plan(prepared: PreparedHosts) -> None:
    assert prepared.plan.status == 0, prepared.plan.errors[-3000:]
    for operation in ("The host firewall stands", "SSH is hardened", "The engine runs with its settings", "Upgrades have their window"):
        assert operation in prepared.plan.output + prepared.plan.errors


def test_a_second_run_changes_nothing_and_costs_few_commands(prepared: PreparedHosts) -> None:
    again = prepared.deploy_again()
    assert again.totals["success"] == 0, again.changed()
    assert again.commands()["mail1"] <= 20
    assert again.commands()["aux1"] <= 14


def test_hosts_come_back_by_themselves_after_a_restart(prepared: PreparedHosts) -> None:
    for record in (prepared.mail, prepared.auxiliary):
        started_again(record)
        assert "policy drop" in table(record)
    assert_nothing_changes(prepared)


def test_time_zone_is_set_and_the_kernel_of_the_machine_is_left_alone(prepared: PreparedHosts) -> None:
    for record in (prepared.mail, prepared.auxiliary):
        assert shell(record, "date +%Z").strip() in {"CET", "CEST"}
        assert inside(record, "ls", "/etc/sysctl.d").split().count("60-sams.conf") == 0
        assert "swapfile.sams" not in shell(record, "ls / && cat /proc/swaps")


def test_alert_targets_are_for_root_alone(prepared: PreparedHosts) -> None:
    assert shell(prepared.auxiliary, "stat -c '%a %U' /etc/sams/alerts.json /etc/sams/secrets").split() == ["600", "root", "700", "root"]


# --- packet filter


@pytest.fixture(scope="module")
def containers(prepared: PreparedHosts) -> Iterator[HostRecord]:
    """On the mail host: a container on a port of the table, one on a port beside it, one on loopback."""
    record = prepared.mail
    shell(
        record,
        "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq busybox-static >/dev/null 2>&1; mkdir -p /tmp/image/bin; "
        "cp /usr/bin/busybox /tmp/image/bin/; tar -C /tmp/image -c . | docker import - web >/dev/null; "
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
        without = (shell(neighbour, knock).strip(), outsider.knock(containers.private_address, 8443).outcome)
    finally:
        inside(containers, "nft", "-f", "/etc/sams/firewall.nft")
        shell(neighbour, f"ip route del {address}/32")
    assert without[1] == "accepted", "it was not our table that closed the port"
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
    assert_nothing_changes(prepared)


# --- changes on trial


@pytest.fixture
def soon(prepared: PreparedHosts) -> Iterator[HostRecord]:
    """A host on which changes on trial are undone after twelve seconds, twice as long as a knock waits."""
    record = prepared.auxiliary
    shell(record, f"mkdir -p {REVERT_SOON.rpartition('/')[0]}; printf '[Timer]\\nOnActiveSec=\\nOnActiveSec=12s\\n' > {REVERT_SOON}")
    yield record
    shell(record, f"rm {REVERT_SOON}; systemctl daemon-reload")


def verb(record: HostRecord, name: str, job: dict[str, str]) -> str:
    return inside(record, "python3", "/usr/local/lib/sams/remote.pyz", name, json.dumps(job))


def test_a_firewall_that_locks_everybody_out_undoes_itself(soon: HostRecord, prepared: PreparedHosts, outsider: Stranger) -> None:
    before = table(soon)
    verb(soon, "firewall_try", {"ruleset": CLOSED})
    assert outsider.knock(soon.private_address, 22).outcome == "blocked"
    shell(soon, "timeout 30 sh -c 'until nft list table inet sams_host | grep -q established; do sleep 0.2; done'")
    assert table(soon) == before
    assert outsider.knock(soon.private_address, 22).outcome == "accepted"
    assert_nothing_changes(prepared)


def test_a_ruleset_with_a_mistake_changes_nothing(prepared: PreparedHosts) -> None:
    before = table(prepared.auxiliary)
    with pytest.raises(AssertionError, match="refused by nft"):
        verb(prepared.auxiliary, "firewall_try", {"ruleset": "table inet sams_host { nonsense }"})
    assert table(prepared.auxiliary) == before


def test_ssh_lets_keys_in_and_passwords_out(prepared: PreparedHosts) -> None:
    for record in (prepared.mail, prepared.auxiliary):
        assert login(record, record.user).status == 0
        offered = login(record, record.user, "PubkeyAuthentication=no", "PreferredAuthentications=none").errors
        assert "Permission denied (publickey)" in offered


@contextlib.contextmanager
def as_root_with_root_forbidden(env: str) -> Iterator[None]:
    """The inventory logs in as root, and the settings say that root may not."""
    hosts, settings = hosts_file.path_of(env), INVENTORIES / f"{env}.yml"
    kept = {path: path.read_text() for path in (hosts, settings)}
    records = [dataclasses.replace(record, user="root") for record in hosts_file.read(env)]
    hosts_file.write(env, records)
    settings.write_text(kept[settings].replace("base: {", "base: {ssh: {root_login: 'no'}, "))
    try:
        yield
    finally:
        for path, text in kept.items():
            path.write_text(text)


def test_hardening_that_would_lock_the_operator_out_is_undone_and_the_run_says_so(prepared: PreparedHosts) -> None:
    """The operator logs in as root; the settings forbid root: the login that proves the change fails."""
    record = prepared.auxiliary
    name = prepared.environment.name
    shell(record, f"install -d -m 700 /root/.ssh; install -m 600 /home/{record.user}/.ssh/authorized_keys /root/.ssh/")
    before = inside(record, "sshd", "-T")
    with as_root_with_root_forbidden(name):
        refused = prepared.deploy("--limit", "aux1")
    assert refused.finished.status == 1
    assert "expected a new login to work after the change" in refused.finished.errors
    assert "It was undone." in refused.finished.errors
    assert inside(record, "sshd", "-T") == before
    assert login(record, "root").status == 0
    assert_nothing_changes(prepared)


def test_hardening_without_effect_is_refused_and_undone(prepared: PreparedHosts) -> None:
    record = prepared.auxiliary
    shell(
        record,
        "cp /etc/ssh/sshd_config /root/kept; sed -i '1i PasswordAuthentication yes' /etc/ssh/sshd_config; "
        "rm -f /var/lib/sams/ssh/confirmed.conf",
    )
    try:
        refused = prepared.deploy("--limit", "aux1")
        assert refused.finished.status == 1
        assert "PasswordAuthentication" in refused.finished.errors
        assert "have no effect" in refused.finished.errors
    finally:
        shell(record, "cp /root/kept /etc/ssh/sshd_config")
    assert prepared.deploy_again().changed() == ["Base | SSH is hardened, proven by a new login on aux1"]
