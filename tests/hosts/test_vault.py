"""The Vault server on its host, seen by other roads than the one that made it, and through everything that may go wrong."""

from __future__ import annotations

import dataclasses
import json
import random
import stat
from collections.abc import Iterator

import pytest

from sams.adapters import custody
from sams.adapters.custody import CustodyUnusable
from sams.adapters.vault import VaultUnavailable, vault
from sams.core.secret import Secret
from tests.harness.environment import Deployed
from tests.harness.hosts import restart
from tests.harness.leaks import leaks
from tests.harness.own_environment import own_environment
from tests.harness.watching import processes_watched
from tests.hosts.vault_hosts import NAME, SERVICES, SETTINGS, STANZA, STORAGE, VaultHosts, results, wait_until

LOUD = ("-vvv", "--debug", "--diff")
SECRETS = "mail/servers/mail1/test"
OPENED = "Vault | The server is initialised and open"
KEPT = "Vault | Keys are saved in custody, then given to the server"
#: Seconds from OpenBao's first process to a power cut: before Raft leads, around its election, while or after the stanza is carried out.
MOMENTS = [pytest.param(0.3, marks=pytest.mark.soak), 1.9, 2.2, *(pytest.param(one, marks=pytest.mark.soak) for one in (2.0, 2.1, 3.0))]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultHosts]:
    folder = tmp_path_factory.mktemp("vault")
    file = folder / "custody" / "custody.json"
    with own_environment(NAME, SETTINGS.format(custody=file)) as environment:
        plan = environment.plan(SERVICES)
        assert not file.exists(), "a plan invented a custody file"
        with processes_watched(folder / "processes"):
            first = environment.deploy(SERVICES, *LOUD)
        first.finished.expect()
        yield VaultHosts(environment, file, plan, first, folder / "processes")
    vault.cache_clear()


@pytest.fixture
def healthy(hosts: VaultHosts) -> Iterator[VaultHosts]:
    """A deployed Vault, deployed again afterwards whatever the test did to it."""
    yield hosts
    vault.cache_clear()
    hosts.deploy_well()


def read_secrets() -> dict[str, str]:
    vault.cache_clear()
    return {name: value.reveal() for name, value in (vault(NAME).read(SECRETS) or {}).items()}


def assert_nothing_changes(hosts: VaultHosts) -> Deployed:
    """Deploy again: nothing of Vault changes."""
    again = hosts.deploy_well()
    assert [name for name in again.changed() if "Vault" in name] == []
    return again


def test_a_fresh_host_shows_its_whole_plan(hosts: VaultHosts) -> None:
    assert hosts.plan.status == 0, hosts.plan.errors[-3000:]
    for operation in ("OpenBao is in place", KEPT, OPENED, "Secrets of the mail host are in Vault"):
        assert operation in hosts.plan.output + hosts.plan.errors


def test_a_second_run_changes_nothing_and_costs_few_commands(hosts: VaultHosts) -> None:
    again = assert_nothing_changes(hosts)
    ours = sum(row["commands"] for row in again.counts if row["host"] == "aux1" and row["operation"].startswith("Vault"))
    assert 0 < ours <= 10


def test_vault_opens_by_itself_when_its_host_restarts(hosts: VaultHosts) -> None:
    before = read_secrets()
    restart(hosts.server)
    wait_until(lambda: "active" in hosts.shell("systemctl is-active openbao", check=False).split(), "OpenBao")
    assert hosts.seal_state()["state"] == "open"
    assert read_secrets() == before
    assert_nothing_changes(hosts)


def test_vault_listens_on_loopback_and_the_private_address_alone(hosts: VaultHosts) -> None:
    wanted = {"127.0.0.1:8200", f"{hosts.server.private_address}:8200", "127.0.0.1:8201", "127.0.0.1:8202"}
    wait_until(lambda: bool(listening(hosts)), "OpenBao to listen")
    assert listening(hosts) == wanted


def listening(hosts: VaultHosts) -> set[str]:
    """Addresses and ports on which OpenBao listens."""
    return {line.split()[3] for line in hosts.shell("ss -ltnpH").splitlines() if '"bao"' in line}


def test_the_server_runs_as_its_own_user_and_its_files_are_closed_to_others(hosts: VaultHosts) -> None:
    assert hosts.shell("ps -o user= -C bao").split() == ["openbao"]
    modes = hosts.shell(f"stat -c '%a %U %n' {STORAGE} /var/log/openbao /run/openbao /etc/openbao/private").splitlines()
    assert [line.split()[:2] for line in modes] == [["700", "openbao"]] * 3 + [["700", "root"]]
    private = hosts.shell("stat -c '%a %U' /etc/openbao/private/*").splitlines()
    assert set(private) == {"400 root"}
    assert hosts.shell(f"cat {STANZA}") == "{}\n"
    assert stat.S_IMODE(hosts.custody_file.stat().st_mode) == 0o600


def test_two_audit_devices_saw_the_reading_of_a_secret_but_not_the_secret(hosts: VaultHosts) -> None:
    values = read_secrets()
    file = hosts.shell("cat /var/log/openbao/audit.log")
    journal = hosts.shell("journalctl -t openbao-audit -o cat --no-pager")
    for log in (file, journal):
        assert f'"path":"secret/data/{SECRETS}"' in log
        assert not any(value in log for value in values.values())


def test_the_audit_log_is_rotated_and_goes_on_in_the_new_file(hosts: VaultHosts) -> None:
    hosts.shell("logrotate --force /etc/logrotate.d/openbao")
    read_secrets()
    wait_until(lambda: bool(hosts.shell("head -c 1 /var/log/openbao/audit.log", check=False)), "lines in the new audit log")
    assert hosts.shell("stat -c '%a %U' /var/log/openbao/audit.log").split() == ["600", "openbao"]


def test_no_secret_shows_in_output_processes_journal_or_open_files(hosts: VaultHosts) -> None:
    stored = {name: Secret(value) for name, value in read_secrets().items()}
    secrets = {**hosts.secrets(), **stored}
    open_files = "find / -xdev -type f -perm /077 ! -path '/proc/*' ! -path '/sys/*' ! -name bao -size -4M -newer /etc/machine-id"
    places = {
        "pyinfra's output": (hosts.first.finished.output + hosts.first.finished.errors).encode(),
        "arguments and environment of processes": hosts.processes.read_bytes(),
        "processes of the Vault host": hosts.shell("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true").encode(),
        "journal": hosts.shell("journalctl -o export --no-pager").encode(),
        "files that others can read": hosts.shell(f"{open_files} -exec cat {{}} + 2>/dev/null || true").encode(),
    }
    assert b"vault_open" in places["arguments and environment of processes"]
    assert b"custody.json" not in places["files that others can read"]
    assert leaks(places, secrets) == []


def test_secrets_stay_as_they_are_and_missing_ones_are_added(healthy: VaultHosts) -> None:
    store, before = vault(NAME), read_secrets()
    document = store.document(SECRETS)
    assert document is not None
    assert store.write(SECRETS, {"first": document.values["first"], "mine": Secret("kept")}, document.version)
    healthy.deploy_well("--limit", "mail1")
    after = read_secrets()
    assert after["first"] == before["first"]
    assert after["mine"] == "kept"
    assert after["second"] != before["second"]
    assert len(after["second"]) == 40


def test_a_write_that_has_not_seen_the_last_version_changes_nothing(hosts: VaultHosts) -> None:
    store = vault(NAME)
    assert store.create("mail/servers/none/race", {"key": Secret("one")})
    assert not store.create("mail/servers/none/race", {"key": Secret("two")})
    assert store.write("mail/servers/none/race", {"key": Secret("three")}, 1)
    assert not store.write("mail/servers/none/race", {"key": Secret("four")}, 1)
    document = store.document("mail/servers/none/race")
    assert document is not None
    assert (document.values["key"].reveal(), document.version) == ("three", 2)
    assert "none/" in store.list("mail/servers")
    store.delete("mail/servers/none/race")
    assert store.read("mail/servers/none/race") is None
    assert store.list("mail/servers/none") == []


def test_a_stopped_vault_fails_the_host_that_needs_it_and_says_what_to_do(healthy: VaultHosts) -> None:
    document = vault(NAME).document(SECRETS)
    assert document is not None
    assert vault(NAME).write(SECRETS, {"first": document.values["first"]}, document.version)
    healthy.shell("systemctl stop openbao")
    failed = healthy.deploy("--limit", "mail1").finished.expect(1)
    assert "Vault on aux1: no usable answer" in failed.errors
    assert f"Next: pyinfra inventories/{NAME}.py deploys/site.py --limit aux1" in failed.errors


def test_a_lost_custody_file_is_never_replaced_by_a_new_one_against_a_server_that_lives(healthy: VaultHosts) -> None:
    kept = healthy.custody_file.read_bytes()
    keys = healthy.shell("sha256sum /etc/openbao/private/*")
    healthy.custody_file.unlink()
    refused = healthy.deploy("--limit", "aux1").finished.expect(1)
    assert f"expected its custody file {healthy.custody_file}, seen none" in refused.errors
    assert not healthy.custody_file.exists()
    custody.save(healthy.custody_file, custody.drafted(healthy.custody_file, NAME, ["vault.example.test"]))
    refused = healthy.deploy("--limit", "aux1").finished.expect(1)
    assert "was made with another custody file" in refused.errors
    assert healthy.shell("sha256sum /etc/openbao/private/*") == keys
    assert healthy.seal_state()["state"] == "open"
    healthy.custody_file.write_bytes(kept)
    healthy.custody_file.chmod(0o600)
    assert_nothing_changes(healthy)


def test_another_authority_is_not_trusted(hosts: VaultHosts) -> None:
    kept = hosts.custody()
    stranger = custody.drafted(hosts.custody_file.with_name("other.json"), NAME, ["vault.example.test"])
    custody.save(hosts.custody_file, dataclasses.replace(kept, authority=stranger.authority))
    vault.cache_clear()
    try:
        with pytest.raises(VaultUnavailable, match="certificate verify failed"):
            vault(NAME).read(SECRETS)
    finally:
        custody.save(hosts.custody_file, kept)


def test_a_custody_file_that_others_can_read_is_refused(hosts: VaultHosts) -> None:
    hosts.custody_file.chmod(0o644)
    vault.cache_clear()
    try:
        with pytest.raises(CustodyUnusable, match="chmod 600"):
            vault(NAME).read(SECRETS)
        assert "chmod 600" in hosts.deploy("--limit", "aux1").finished.expect(1).errors
    finally:
        hosts.custody_file.chmod(0o600)


def test_a_host_that_lost_its_data_is_not_taken_for_a_new_one(healthy: VaultHosts) -> None:
    healthy.shell(f"systemctl stop openbao; mv {STORAGE}/raft {STORAGE}/away; mkdir {STORAGE}/raft")
    refused = healthy.deploy("--limit", "aux1").finished.expect(1)
    assert "was open on this very machine" in refused.errors
    healthy.shell(f"rmdir {STORAGE}/raft; mv {STORAGE}/away {STORAGE}/raft")


def test_a_server_that_was_open_before_is_never_begun_anew(healthy: VaultHosts) -> None:
    operator, role = vault(NAME, "operator"), healthy.custody().roles["operator"]
    secret_id = role.secret_id.reveal()
    operator.request(lambda client: client.auth.approle.destroy_secret_id("operator", secret_id))
    before = healthy.shell(f"ls {STORAGE}")
    healthy.shell("systemctl stop openbao")
    refused = healthy.deploy("--limit", "aux1").finished.expect(1)
    assert "was open before, but refuses the login of role operator" in refused.errors
    assert healthy.shell(f"ls {STORAGE}") == before
    assert set(read_secrets()) >= {"first", "second"}
    operator.request(lambda client: client.auth.approle.create_custom_secret_id("operator", secret_id))


def test_settings_changed_by_hand_are_put_back(healthy: VaultHosts) -> None:
    operator = vault(NAME, "operator")
    operator.request(lambda client: client.sys.create_or_update_acl_policy("deploy", 'path "secret/*" { capabilities = ["read"] }'))
    operator.request(lambda client: client.auth.approle.create_or_update_approle("deploy", token_ttl="1h"))
    healthy.shell("printf '# by hand\\n' >> /etc/openbao/openbao.hcl; systemctl disable openbao")
    changed = healthy.deploy_well("--limit", "aux1")
    assert {name for name, state in results(changed).items() if state == "success"} == {
        KEPT,
        OPENED,
        "Vault | Policies and roles are as wanted",
    }
    assert_nothing_changes(healthy)


def test_a_first_start_that_failed_inside_its_stanza_is_begun_anew(healthy: VaultHosts) -> None:
    request = {"operation": "update", "path": "sys/nothing", "data": {}}
    stanza = json.dumps({"initialize": [{"sams": {"request": [{"broken": request}]}}]})
    healthy.shell(f"systemctl stop openbao; rm -rf {STORAGE}/raft; printf '%s' '{stanza}' > {STANZA}")
    healthy.shell("systemctl start openbao", check=False)
    last_words = "journalctl -t bao -o cat -n 3 --no-pager"
    wait_until(lambda: "self-initialization failed: refusing to unseal" in healthy.shell(last_words), "a server that refuses to go on")
    deployed = healthy.deploy_well("--limit", "aux1")
    assert results(deployed)[OPENED] == "success"
    assert "unfinished-" in healthy.shell(f"ls {STORAGE}")
    assert healthy.seal_state()["state"] == "open"


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_power_cut_during_the_first_start_is_repaired_by_the_next_run(hosts: VaultHosts, seconds: float) -> None:
    hosts.forget()
    hosts.cut_power_after_start(seconds)
    seal_key = hosts.custody().seal_key
    hosts.deploy_well()
    assert hosts.custody().seal_key == seal_key
    assert hosts.seal_state()["state"] == "open"
    assert set(read_secrets()) == {"first", "second"}
    assert_nothing_changes(hosts)


def test_a_kill_before_a_remote_command_loses_nothing(hosts: VaultHosts) -> None:
    seed = random.SystemRandom().randrange(10**6)
    first, last = commands_of_vault(hosts)
    print(f"kill points drawn with seed {seed} from {first}..{last}")
    for number in {last, random.Random(seed).randint(first, last - 1)}:  # noqa: S311
        kill_and_repair(hosts, number)


@pytest.mark.soak
def test_a_kill_before_each_remote_command_loses_nothing(hosts: VaultHosts) -> None:
    first, last = commands_of_vault(hosts)
    for number in range(first, last + 1):
        kill_and_repair(hosts, number)


def kill_and_repair(hosts: VaultHosts, number: int) -> None:
    """Kill a first deployment before its n-th remote command; the next run must end as if nothing had been, with the same keys."""
    hosts.forget()
    hosts.deploy("--limit", "aux1", kill_before=number)
    seal_key = hosts.custody().seal_key if hosts.custody_file.exists() else None
    hosts.deploy_well()
    assert seal_key in (None, hosts.custody().seal_key), f"kill before command {number}: the custody file was replaced"
    assert hosts.seal_state()["state"] == "open", f"kill before command {number}"
    assert_nothing_changes(hosts)


def commands_of_vault(hosts: VaultHosts) -> tuple[int, int]:
    """Which of the remote commands of a first deployment on the Vault host are those of deploys/vault: the first and the last."""
    hosts.forget()
    whole = hosts.deploy_well("--limit", "aux1")
    ours = sum(row["commands"] for row in whole.counts if row["operation"].startswith("Vault"))
    return sum(row["commands"] for row in whole.counts) - ours + 1, sum(row["commands"] for row in whole.counts)
