"""The lab's certificate authority: one for all environments of this checkout, kept in the cache folder."""

from __future__ import annotations

import datetime
import fcntl
import ipaddress
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sams.adapters.hosts_file import ROOT

FOLDER = ROOT / ".cache" / "lab"
CERTIFICATE = FOLDER / "authority.pem"
KEY = FOLDER / "authority.key"
NAME = "Lab authority for tests"
LIFETIME = datetime.timedelta(days=365)
#: A certificate is issued anew when less than this is left.
RENEWAL = datetime.timedelta(days=30)


def certificate_file() -> Path:
    """The file that clients verify against; made when there is none."""
    _authority()
    return CERTIFICATE


def issued(names: Sequence[str]) -> tuple[Path, Path]:
    """Files with a certificate for these names and its key: the same ones as long as they are valid."""
    certificate, key = FOLDER / f"{names[0]}.pem", FOLDER / f"{names[0]}.key"
    _authority()
    with _alone():
        if not (key.exists() and certificate.exists() and _holds(certificate, names)):
            certificate_pem, key_pem = issue(names)
            _write(key, key_pem)
            _write(certificate, certificate_pem)
    return certificate, key


def issue(names: Sequence[str], lifetime: datetime.timedelta = LIFETIME) -> tuple[str, str]:
    """A new certificate for DNS names or addresses, and its key, both PEM; the certificate is followed by the authority's.

    Parameters
    ----------
    names:
        The first one becomes the common name.
    lifetime:
        How long it is valid; a negative one gives a certificate that has expired.
    """
    authority, authority_key = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(names[0], authority.subject, key, lifetime).add_extension(
        x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
    )
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return _pem(certificate) + _pem(authority), _key_pem(key)


def _authority() -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    if not CERTIFICATE.exists():
        with _alone():
            if not CERTIFICATE.exists():  # another process may have made it while this one waited
                _make_authority()
    loaded = serialization.load_pem_private_key(KEY.read_bytes(), None)
    assert isinstance(loaded, EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate(CERTIFICATE.read_bytes()), loaded


def _make_authority() -> None:
    """The certificate is written last: where it is, the key is too."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    usage = x509.KeyUsage(
        key_cert_sign=True, crl_sign=True, digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = _builder(NAME, name, key, 10 * LIFETIME).add_extension(usage, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    _write(KEY, _key_pem(key))
    _write(CERTIFICATE, _pem(builder.sign(key, hashes.SHA256())))


@contextmanager
def _alone() -> Iterator[None]:
    """One maker of certificates at a time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _builder(name: str, issuer: x509.Name, key: EllipticCurvePrivateKey, lifetime: datetime.timedelta) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    start = now - max(datetime.timedelta(hours=1), -lifetime * 2)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateBuilder(
        issuer_name=issuer, subject_name=subject, public_key=key.public_key(), serial_number=x509.random_serial_number(),
        not_valid_before=start, not_valid_after=now + lifetime,
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)  # fmt: skip


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _holds(file: Path, names: Sequence[str]) -> bool:
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    authority, _ = _authority()
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    same_issuer = file.read_text().endswith(_pem(authority))
    return list(held) == [_general_name(name) for name in names] and left > RENEWAL and same_issuer


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: EllipticCurvePrivateKey) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def _write(file: Path, text: str) -> None:
    """Readable by us alone, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    Path(name).replace(file)
