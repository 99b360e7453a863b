"""Security upgrades happen by themselves; a human hears of them only when they fail; the engine stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sams.adapters.hosts_file import HostRecord
from tests.harness.hosts import inside
from tests.hosts.conftest import PreparedHosts
from tests.hosts.looking import shell
from tests.lab import outside, package_repository
from tests.lab.server import find

REPOSITORY = Path(package_repository.__file__).read_text()
REPORT = "sams-upgrades-report.service"
#: apt's daily job upgrades once a day: without its stamp, it has not been done today.
STAMP = "/var/lib/apt/periodic/upgrade-stamp"


def publish(record: HostRecord, *packages: str) -> None:
    """Put packages into the host's security archive."""
    codename = shell(record, ". /etc/os-release; echo $VERSION_CODENAME").strip()
    inside(record, "python3", "-c", REPOSITORY, codename, *packages)
    inside(record, "apt-get", "-qq", "-o", "Dir::Etc::sourcelist=sources.list.d/lab-packages.sources", "update")


def version(record: HostRecord, package: str) -> str:
    return shell(record, f"dpkg-query -W -f '${{Version}}' {package}")


def upgrade_as_every_night(record: HostRecord) -> str:
    """What the timer starts; then what our report said about it."""
    cursor = shell(record, f"rm -f {STAMP}; journalctl -q -n 1 --show-cursor | sed -n 's/^-- cursor: //p'").strip()
    inside(record, "systemctl", "start", "apt-daily-upgrade.service")
    said = f"journalctl -q -u {REPORT} -o cat --after-cursor '{cursor}'"
    shell(record, f"timeout 90 bash -c \"until {said} | grep -qE 'reasons|error'; do sleep 0.2; done\"")
    return shell(record, said)


@pytest.fixture(scope="module", params=["mail1", "aux1"])
def host(request: pytest.FixtureRequest, prepared: PreparedHosts) -> HostRecord:
    """Debian 13 with Docker, Debian 12 without; both with a security archive of their own and two packages of it."""
    record = prepared.record(request.param)
    shell(record, "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gpg gpg-agent >/dev/null 2>&1")
    publish(record, "lab-demo=1.0", "lab-fragile=1.0")
    shell(record, "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq lab-demo lab-fragile >/dev/null 2>&1")
    return record


def test_a_security_upgrade_happens_without_a_word(host: HostRecord, prepared: PreparedHosts) -> None:
    engine = {name: version(host, name) for name in ("docker.io", "containerd", "runc")} if host.name == "mail1" else {}
    publish(host, "lab-demo=2.0", *(f"{name}=99" for name in engine))
    before = outside.caught(prepared.environment.name)
    pending = prepared.environment.fact("facts.upgrades.PendingUpgrades")
    assert "lab-demo" in str(pending)
    said = upgrade_as_every_night(host)
    assert version(host, "lab-demo") == "2.0"
    assert {name: version(host, name) for name in engine} == engine
    assert '"reasons": []' in said
    assert outside.caught(prepared.environment.name) == before


def test_held_packages_are_told_by_a_fact(prepared: PreparedHosts) -> None:
    held = str(prepared.environment.fact("facts.upgrades.HeldPackages", "--limit", "mail1"))
    assert all(name in held for name in ("docker.io", "docker-compose", "containerd", "runc"))


def test_a_broken_upgrade_is_told_to_a_human_by_mail(host: HostRecord, prepared: PreparedHosts) -> None:
    publish(host, "lab-fragile=2.0:broken")
    said = upgrade_as_every_night(host)
    assert '"told": ["smtp"]' in said
    mail = outside.wait_for(prepared.environment.name, lambda one: host.name in one.message["Subject"])
    assert mail.message["Subject"] == f"{host.name}: unattended upgrades failed"
    assert (mail.sender, mail.recipients, mail.encrypted) == ("alerts@example.test", ("admin@outside.test",), True)
    assert "lab-fragile" in mail.text
    assert "dpkg --configure -a" in mail.text


def test_the_next_run_completes_what_an_upgrade_left_half_done(host: HostRecord, prepared: PreparedHosts) -> None:
    """A package that stays broken fails its own host with dpkg's words; once it is mended, the run goes through."""
    refused = prepared.deploy("--limit", host.name)
    assert refused.finished.status == 1
    assert "lab-fragile" in refused.finished.errors
    inside(host, "rm", "/var/lib/dpkg/info/lab-fragile.postinst")
    prepared.deploy("--limit", host.name).finished.expect()
    assert inside(host, "dpkg", "--audit") == ""
    again = prepared.deploy_again()
    assert again.totals["success"] == 0, again.changed()


def test_a_message_that_cannot_be_delivered_is_tried_again(prepared: PreparedHosts) -> None:
    """The mail server outside is down for a while."""
    host, env = prepared.auxiliary, prepared.environment.name
    server = find(env, "outside")
    assert server is not None
    shell(host, "mkdir -p /var/lib/apt/periodic; touch -d '10 days ago' /var/lib/apt/periodic/update-stamp")
    before = len(outside.caught(env))
    server.stop(timeout=1)
    try:
        shell(host, f"systemctl start --no-block {REPORT}")
        shell(host, f"timeout 90 sh -c 'until systemctl show {REPORT} -p SubState | grep -q auto-restart; do sleep 0.3; done'")
    finally:
        server.start()
        shell(host, f"timeout 30 sh -c 'until systemctl restart {REPORT}; do sleep 1; done'; touch /var/lib/apt/periodic/update-stamp")
    caught = outside.caught(env)
    assert len(caught) == before + 1
    assert "have not been fetched for 3 days" in caught[-1].text
