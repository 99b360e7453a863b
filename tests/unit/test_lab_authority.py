"""The lab's certificate authority: what it issues is believed by a client that knows it, and lasts as long as it should."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import Certificate
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tests.lab import authority


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An authority of its own for each test."""
    monkeypatch.setattr(authority, "FOLDER", tmp_path)
    monkeypatch.setattr(authority, "CERTIFICATE", tmp_path / "authority.pem")
    monkeypatch.setattr(authority, "KEY", tmp_path / "authority.key")
    return tmp_path


def verify(certificate_pem: str, name: str) -> list[Certificate]:
    """What a client does that believes the authority alone."""
    leaf, *others = x509.load_pem_x509_certificates(certificate_pem.encode())
    store = Store(x509.load_pem_x509_certificates(authority.certificate_file().read_bytes()))
    return PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name)).verify(leaf, others)


def test_a_client_believes_a_certificate_for_each_of_its_names() -> None:
    certificate, _ = authority.issue(["mail.example.test", "imap.example.test"])
    assert verify(certificate, "mail.example.test")
    assert verify(certificate, "imap.example.test")


def test_a_client_does_not_believe_it_for_another_name() -> None:
    certificate, _ = authority.issue(["mail.example.test"])
    with pytest.raises(VerificationError):
        verify(certificate, "vault.example.test")


def test_a_client_does_not_believe_one_that_has_expired() -> None:
    certificate, _ = authority.issue(["mail.example.test"], datetime.timedelta(days=-1))
    with pytest.raises(VerificationError):
        verify(certificate, "mail.example.test")


def test_a_lasting_certificate_stays_the_same_until_its_names_change() -> None:
    certificate, key = authority.issued(["mail.example.test"])
    first = certificate.read_text(), key.read_text()
    authority.issued(["mail.example.test"])
    assert (certificate.read_text(), key.read_text()) == first
    authority.issued(["mail.example.test", "imap.example.test"])
    assert certificate.read_text() != first[0]


def test_a_lasting_certificate_follows_a_new_authority(folder: Path) -> None:
    certificate, _ = authority.issued(["mail.example.test"])
    (folder / "authority.pem").unlink()
    authority.issued(["mail.example.test"])
    assert verify(certificate.read_text(), "mail.example.test")


def test_keys_are_for_their_owner_alone(folder: Path) -> None:
    authority.issued(["mail.example.test"])
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.key")} == {0o600}
