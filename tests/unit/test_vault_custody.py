"""The custody file and the certificates in it."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sams.adapters import custody
from sams.adapters.custody import CustodyUnusable
from sams.core import vault_certificates, vault_custody
from sams.core.settings.vault import Vault
from sams.core.vault_certificates import RENEWED_BEFORE, SERVER_LIFE

NAMES = ("vault.example.test", "aux1", "10.0.0.12", "127.0.0.1", "localhost")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sams" / "test" / "custody.json"


def test_a_custody_file_gives_back_what_was_saved(file: Path) -> None:
    saved = custody.kept(file, "test", NAMES)
    assert custody.read(file, "test") == saved
    assert custody.kept(file, "test", NAMES) == saved


def test_the_file_and_its_folder_are_for_their_owner_alone(file: Path) -> None:
    custody.kept(file, "test", NAMES)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["custody.json"]


def test_a_draft_for_a_plan_is_not_saved(file: Path) -> None:
    assert custody.drafted(file, "test", NAMES).env == "test"
    assert not file.parent.exists()


def test_runs_that_start_together_agree_on_one_custody(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: custody.kept(file, "test", NAMES), range(8)))
    assert len({one.seal_key for one in found}) == 1
    assert custody.read(file, "test") == found[0]


def test_a_custody_prints_no_secret() -> None:
    invented = vault_custody.invented("test", NAMES, NOW)
    secrets = [invented.seal_key, invented.authority.key, *(role.secret_id for role in invented.roles.values())]
    assert not any(secret.reveal() in repr(invented) for secret in secrets)


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"format": 2}', '{"format": 1, "roles": []}'])
def test_a_damaged_file_is_an_error_and_stays_as_it_is(file: Path, damage: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(damage)
    file.chmod(0o600)
    with pytest.raises(CustodyUnusable, match="put its copy back"):
        custody.kept(file, "test", NAMES)
    assert file.read_text() == damage


def test_no_part_of_a_damaged_file_is_shown(file: Path) -> None:
    custody.kept(file, "test", NAMES)
    document = json.loads(file.read_text())
    del document["authority"]
    file.write_text(json.dumps(document))
    with pytest.raises(CustodyUnusable) as error:
        custody.read(file, "test")
    assert document["seal_key"] not in str(error.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    custody.kept(file, "test", NAMES)
    file.chmod(mode)
    with pytest.raises(CustodyUnusable, match=f"expected mode 600, seen {mode:o}.*chmod 600"):
        custody.read(file, "test")


def test_the_file_of_another_environment_is_refused(file: Path) -> None:
    custody.kept(file, "test", NAMES)
    with pytest.raises(CustodyUnusable, match='expected that of environment "prod", seen that of "test"'):
        custody.read(file, "prod")


def test_each_environment_has_its_own_file_in_the_configuration_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert custody.path_of("prod", Vault()) == tmp_path / "sams/prod/custody.json"
    assert custody.path_of("prod", Vault(custody_file="~/x.json")) == Path("~/x.json").expanduser()


def test_new_names_renew_the_server_certificate_and_nothing_else(file: Path) -> None:
    before = custody.kept(file, "test", NAMES)
    after = custody.kept(file, "test", (*NAMES, "10.0.0.13"))
    assert after.server != before.server
    assert (after.authority, after.seal_key, after.roles) == (before.authority, before.seal_key, before.roles)
    assert custody.read(file, "test") == after


def test_a_certificate_is_renewed_well_before_it_ends() -> None:
    first = vault_custody.invented("test", NAMES, NOW)
    last_day = NOW + SERVER_LIFE - RENEWED_BEFORE - timedelta(days=1)
    assert vault_custody.with_current_certificate(first, NAMES, last_day) is first
    renewed = vault_custody.with_current_certificate(first, NAMES, last_day + timedelta(days=1))
    assert renewed.server != first.server
    assert vault_certificates.is_current(renewed.server, NAMES, last_day + timedelta(days=1))


def test_the_key_name_follows_the_key_and_does_not_tell_it() -> None:
    one, other = (vault_custody.invented("test", NAMES, NOW) for _ in range(2))
    assert one.seal_key_id != other.seal_key_id
    assert one.seal_key_id not in one.seal_key.reveal()
    assert len(bytes.fromhex(one.seal_key.reveal())) == 32


@pytest.mark.parametrize("name", NAMES)
def test_tls_trusts_the_server_under_each_of_its_names(tmp_path: Path, name: str) -> None:
    assert handshake(tmp_path, name) == "TLSv1.3"


def test_tls_refuses_the_server_under_another_name(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        handshake(tmp_path, "mail.example.test")


def test_tls_refuses_a_server_of_another_authority(tmp_path: Path) -> None:
    other = vault_custody.invented("test", NAMES, datetime.now(UTC)).authority.certificate
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        handshake(tmp_path, NAMES[0], trusted=other)


def handshake(folder: Path, name: str, trusted: str = "") -> str | None:
    """Speak TLS between a server with our certificate and a strict client; -> the version they agreed on."""
    ours = vault_custody.invented("test", NAMES, datetime.now(UTC))
    pair = folder / "server.pem"
    pair.write_text(ours.server.certificate + ours.server.key.reveal())
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pair)
    client_side = ssl.create_default_context(cadata=trusted or ours.authority.certificate)
    client_side.verify_flags |= ssl.VERIFY_X509_STRICT
    near, far = socket.socketpair()
    server = threading.Thread(target=accept, args=(server_side, far))
    server.start()
    try:
        with client_side.wrap_socket(near, server_hostname=name) as client:
            return client.version()
    finally:
        near.close()
        server.join()


def accept(context: ssl.SSLContext, end: socket.socket) -> None:
    try:
        with context.wrap_socket(end, server_side=True) as connection:
            connection.recv(1)
    except OSError:
        end.close()
