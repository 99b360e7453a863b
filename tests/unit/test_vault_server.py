"""What the Vault server is given, and when its host is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deploys.vault import POLICIES, configuration
from operations.vault import missing_keys
from operations.vault_program import is_in_place
from operations.vault_server import Server, custody_files, is_open, open_job, reason_to_refuse
from sams.adapters.hosts_file import HostRecord
from sams.adapters.vault import server_names
from sams.core import vault_access, vault_custody, vault_program
from sams.core.secret import Secret
from sams.core.settings.vault import OciKms, Vault
from sams.core.vault_program import PROGRAMS
from sams.core.vault_seal import seal

HOST = HostRecord(
    name="aux1",
    groups=("auxiliary",),
    fqdn="vault.example.test",
    public_address="203.0.113.9",
    private_address="10.0.0.12",
    user="ops",
    key="key",
    host_key="ssh-ed25519 AAAA",
    architecture="amd64",
    provider_id="1",
)
CUSTODY = vault_custody.invented("test", server_names(HOST), datetime.now(UTC))
SERVER = Server("test", Path("custody.json"), None, server_names(HOST), HOST.host_key, POLICIES)
OCIKMS = OciKms(
    key_id="ocid1.key.oc1.test",
    crypto_endpoint="https://crypto.example.test",
    management_endpoint="https://management.example.test",
    plugin="/usr/local/lib/openbao/openbao-plugin-kms-ocikms",
    plugin_sha256="a" * 64,
)
OPEN: dict[str, Any] = {
    "state": "open",
    "initialize": "blank",
    "storage": "present",
    "seal_key": CUSTODY.seal_key_id,
    "unit": {"active": True, "enabled": True, "stale": "", "needs_daemon_reload": False},
}


def requests() -> list[tuple[str, dict[str, Any]]]:
    document = json.loads(vault_access.initialize(CUSTODY, POLICIES).reveal())
    rows = document["initialize"][0]["sams"]["request"]
    return [(body["path"], body["data"]) for row in rows for body in row.values()]


def test_the_stanza_mounts_version_2_of_the_key_value_engine() -> None:
    assert ("sys/mounts/secret", {"type": "kv", "options": {"version": "2"}}) in requests()


def test_the_stanza_gives_each_role_the_ids_that_custody_keeps() -> None:
    given = dict(requests())
    for name, role in CUSTODY.roles.items():
        assert given[f"auth/approle/role/{name}/role-id"] == {"role_id": role.role_id.reveal()}
        assert given[f"auth/approle/role/{name}/custom-secret-id"] == {"secret_id": role.secret_id.reveal()}


def test_the_login_that_proves_the_stanza_complete_comes_last() -> None:
    assert requests()[-1][0] == "auth/approle/role/operator/custom-secret-id"


def test_every_role_has_a_policy_and_logs_in_through_loopback_alone() -> None:
    assert set(POLICIES) == set(CUSTODY.roles)
    for name in POLICIES:
        parameters = vault_access.role_parameters(name)
        assert parameters["token_policies"] == [name]
        assert parameters["secret_id_bound_cidrs"] == parameters["token_bound_cidrs"] == ["127.0.0.1/32"]


def test_the_policy_of_deploys_reaches_mail_secrets_only() -> None:
    paths = [line.split('"')[1] for line in POLICIES["deploy"].splitlines() if line.startswith("path")]
    assert paths == ["secret/data/mail/*", "secret/metadata/mail/*"]


def test_no_secret_stands_in_files_that_others_can_read() -> None:
    files = [*configuration(HOST), *custody_files(CUSTODY, None)]
    secrets = [CUSTODY.seal_key, CUSTODY.server.key, CUSTODY.authority.key]
    for file in files:
        held = [secret for secret in secrets if secret.reveal().encode() in file.data()]
        assert not held or (file.mode, file.owner) == ("400", "root"), file.path


def test_the_key_of_the_authority_stays_in_custody() -> None:
    assert not any(CUSTODY.authority.key.reveal().encode() in file.data() for file in custody_files(CUSTODY, None))


def test_the_server_listens_on_loopback_and_its_private_address() -> None:
    text = next(file for file in configuration(HOST) if file.path.endswith("openbao.hcl")).data().decode()
    assert [line.split('"')[1] for line in text.splitlines() if line.strip().startswith("address ")] == ["127.0.0.1:8200", "10.0.0.12:8200"]
    assert text.count('audit "') == 2
    assert "0.0.0.0" not in text


def test_the_unit_starts_the_pinned_program_with_everything_that_custody_gives() -> None:
    unit = next(file for file in configuration(HOST) if file.path.endswith(".service")).data().decode()
    assert f"ExecStart={vault_program.PATH} server" in unit
    assert vault_program.VERSION in vault_program.PATH
    private = [file.path for file in custody_files(CUSTODY, None) if "/private/" in file.path]
    assert private
    assert all(path in unit for path in private)


def test_the_seal_is_a_key_file_or_a_key_of_oracle_cloud() -> None:
    static, cloud = seal("0123456789abcdef", None), seal("0123456789abcdef", OCIKMS)
    assert 'current_key_id = "0123456789abcdef"' in static
    assert 'seal "ocikms"' in cloud
    assert 'command   = "openbao-plugin-kms-ocikms"' in cloud
    assert 'plugin_directory = "/usr/local/lib/openbao"' in cloud
    assert "static" not in cloud


@pytest.mark.parametrize(
    "wrong", [{"seal": "ocikms"}, {"ocikms": OCIKMS.model_dump()}, {"role_id_file": "x"}, {"secret_id_file": "x"}, {"address": "http://x"}]
)
def test_settings_that_need_each_other_are_refused_alone(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Vault.model_validate(wrong)


def test_both_architectures_are_pinned_by_digest() -> None:
    assert set(PROGRAMS) == {"x86_64", "aarch64"}
    digests = {digest for program in PROGRAMS.values() for digest in (program.sha256, program.wheel_sha256)}
    assert len(digests) == 4
    assert all(len(bytes.fromhex(digest)) == 32 for digest in digests)


@pytest.mark.parametrize("architecture", PROGRAMS)
def test_a_program_counts_as_in_place_with_its_digest_and_its_link(architecture: str) -> None:
    wanted = PROGRAMS[architecture]
    file, link = {"kind": "file", "sha256": wanted.sha256}, {"kind": "link", "target": vault_program.PATH}
    assert is_in_place({vault_program.PATH: file, vault_program.LINK: link}, wanted)
    assert not is_in_place({vault_program.PATH: file}, wanted)
    assert not is_in_place({vault_program.PATH: {**file, "sha256": "0" * 64}, vault_program.LINK: link}, wanted)
    assert not is_in_place({}, wanted)


def test_a_server_that_runs_open_and_blanked_needs_nothing() -> None:
    assert is_open(OPEN)


@pytest.mark.parametrize(
    "seen",
    [
        {"state": "sealed"},
        {"state": "silent"},
        {"initialize": "present"},
        {"initialize": "absent"},
        *({"unit": {**OPEN["unit"], key: value}} for key, value in {"active": False, "enabled": False, "stale": "restart"}.items()),
        {"unit": {**OPEN["unit"], "needs_daemon_reload": True}},
    ],
)
def test_a_server_that_lacks_anything_is_brought_up(seen: dict[str, Any]) -> None:
    assert not is_open({**OPEN, **seen})
    assert not is_open({})


def test_the_job_that_opens_a_server_shows_no_secret() -> None:
    job = open_job(CUSTODY, POLICIES)
    assert CUSTODY.roles["operator"].secret_id.reveal() not in repr(job)
    assert isinstance(job["login"]["secret_id"], Secret)


def test_a_fresh_host_and_the_host_of_this_custody_are_accepted() -> None:
    assert reason_to_refuse(SERVER, CUSTODY, {}) == ""
    assert reason_to_refuse(SERVER, CUSTODY, {"seal_key": "", "storage": "empty"}) == ""
    assert reason_to_refuse(SERVER, replace(CUSTODY, opened_on=HOST.host_key), OPEN) == ""


@pytest.mark.parametrize("seen", [{"seal_key": "0" * 16, "storage": "empty"}, {"seal_key": "", "storage": "present"}])
def test_a_server_without_its_custody_file_is_refused(seen: dict[str, Any]) -> None:
    assert "expected its custody file custody.json, seen none" in reason_to_refuse(SERVER, None, seen)
    assert reason_to_refuse(SERVER, None, {}) == ""


def test_a_new_machine_may_take_over_from_one_that_is_gone() -> None:
    assert reason_to_refuse(SERVER, replace(CUSTODY, opened_on="ssh-ed25519 OTHER"), {"seal_key": "", "storage": "empty"}) == ""


@pytest.mark.parametrize(
    ("seen", "opened_on", "reason"),
    [
        ({"seal_key": "0" * 16, "storage": "present"}, "", "another custody file"),
        ({"seal_key": "0" * 16, "storage": "empty"}, "", "another custody file"),
        ({"seal_key": "", "storage": "present"}, "", "seen none"),
        ({"seal_key": CUSTODY.seal_key_id, "storage": "empty"}, HOST.host_key, "was open on this very machine"),
    ],
)
def test_a_host_that_does_not_belong_to_the_custody_is_refused_with_the_next_command(
    seen: dict[str, Any], opened_on: str, reason: str
) -> None:
    why = reason_to_refuse(SERVER, replace(CUSTODY, opened_on=opened_on), seen)
    assert reason in why
    assert "Nothing was changed. Next: " in why


def test_only_names_that_a_document_lacks_are_invented() -> None:
    assert missing_keys({"a": Secret("1"), "other": Secret("2")}, {"a": 10, "b": 20}) == ["b"]
    assert missing_keys({"a": Secret("")}, {"a": 10}) == []
