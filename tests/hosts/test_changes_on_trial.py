"""Changes that could lock the operator out undo themselves; SSH is hardened without locking anybody out."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator

import pytest

from sams.adapters import hosts_file
from sams.adapters.hosts_file import INVENTORIES, HostRecord
from tests.harness.hosts import inside
from tests.hosts.conftest import PreparedHosts
from tests.hosts.looking import login, shell, table
from tests.lab.attack import Stranger

CLOSED = """\
table inet sams_host
delete table inet sams_host
table inet sams_host { chain input { type filter hook input priority 0; policy drop; }; }
"""
REVERT_SOON = "/etc/systemd/system/sams-revert@.timer.d/soon.conf"


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
    prepared.assert_nothing_changes()


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
    prepared.assert_nothing_changes()


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
