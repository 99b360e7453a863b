"""Hosts after the base deploy: planned, deployed, deployed again, restarted."""

from __future__ import annotations

from tests.harness.hosts import inside
from tests.hosts.conftest import PreparedHosts
from tests.hosts.looking import shell, started_again, table


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
    prepared.assert_nothing_changes()


def test_time_zone_is_set_and_the_kernel_of_the_machine_is_left_alone(prepared: PreparedHosts) -> None:
    for record in (prepared.mail, prepared.auxiliary):
        assert shell(record, "date +%Z").strip() in {"CET", "CEST"}
        assert inside(record, "ls", "/etc/sysctl.d").split().count("60-sams.conf") == 0
        assert "swapfile.sams" not in shell(record, "ls / && cat /proc/swaps")


def test_alert_targets_are_for_root_alone(prepared: PreparedHosts) -> None:
    assert shell(prepared.auxiliary, "stat -c '%a %U' /etc/sams/alerts.json /etc/sams/secrets").split() == ["600", "root", "700", "root"]
