"""The engine as it runs on a mail host."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sams.adapters.hosts_file import HostRecord
from tests.harness.hosts import inside
from tests.hosts.conftest import PreparedHosts
from tests.hosts.looking import busybox_image, shell


@pytest.fixture(scope="module")
def speaker(prepared: PreparedHosts) -> Iterator[HostRecord]:
    """A container that says one thing and goes on."""
    record = prepared.mail
    busybox_image(record, "speaker")
    shell(
        record,
        "docker run -d --restart always --name speaker speaker /bin/busybox sh -c 'echo once upon a time; exec /bin/busybox sleep 99999'",
    )
    yield record
    shell(record, "docker rm -f speaker >/dev/null; docker rmi speaker >/dev/null")


def test_an_engine_runs_only_where_mail_lives(prepared: PreparedHosts) -> None:
    assert inside(prepared.mail, "docker", "info", "--format", "{{.LoggingDriver}}").strip() == "journald"
    assert inside(prepared.auxiliary, "sh", "-c", "command -v dockerd", check=False) == ""


def test_facts_tell_versions_and_containers(speaker: HostRecord, prepared: PreparedHosts) -> None:
    engine = prepared.environment.fact("facts.docker_engine.Engine")["facts.docker_engine.Engine"]
    assert int(engine["mail1"]["engine"].split(".")[0]) >= 24
    assert engine["aux1"] == {"engine": "", "compose": "", "installed": []}
    containers = prepared.environment.fact("facts.docker_engine.Containers")["facts.docker_engine.Containers"]
    assert containers["mail1"]["speaker"]["state"] == "running"
    assert containers["aux1"] == {}


def test_a_containers_log_outlives_it_in_the_journal(speaker: HostRecord) -> None:
    shell(speaker, "docker run --name short-lived speaker /bin/busybox echo last words; docker rm -f short-lived")
    shell(speaker, "journalctl --sync")
    entry = json.loads(shell(speaker, "journalctl -q -o json CONTAINER_NAME=short-lived"))
    assert (entry["MESSAGE"], entry["SYSLOG_IDENTIFIER"]) == ("last words", "short-lived")


def test_settings_changed_by_hand_are_put_back_and_the_engine_restarted(speaker: HostRecord, prepared: PreparedHosts) -> None:
    shell(speaker, """printf '{"log-driver": "json-file"}' > /etc/docker/daemon.json; systemctl restart docker""")
    assert inside(speaker, "docker", "info", "--format", "{{.LoggingDriver}}").strip() == "json-file"
    assert prepared.deploy_again().changed() == [
        "Docker | Docker's settings are in place before it starts on mail1",
        "Docker | The engine runs with its settings on mail1",
    ]
    assert inside(speaker, "docker", "info", "--format", "{{.LoggingDriver}}").strip() == "journald"
    assert inside(speaker, "docker", "inspect", "-f", "{{.State.Running}}", "speaker").strip() == "true"
