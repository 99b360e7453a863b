"""The operator's own certificate: read and checked before anything is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from sams.core.secret import Secret
from sams.core.settings.mailcow import Tls

NO_KEY = Secret("")


@dataclass(frozen=True)
class OwnCertificate:
    """A certificate with its chain and its key; ``digest`` is the SHA-256 of the certificate as it is served.

    With ``problems`` the rest is not to be used.
    """

    chain: str = ""
    key: Secret = NO_KEY
    digest: str = ""
    problems: tuple[dict[str, str], ...] = ()


def own_certificate(tls: Tls, fqdn: str) -> OwnCertificate | None:
    """The files that the settings name; none when Mailcow gets its certificate by itself."""
    if tls.mode != "own":
        return None
    try:
        chain, key = (Path(str(path)).expanduser().read_bytes() for path in (tls.certificate, tls.key))
        leaf = x509.load_pem_x509_certificates(chain)[0]
        problems = tuple(wrong(leaf, key, fqdn, tls))
    except OSError as error:
        return OwnCertificate(problems=(finding(tls, "readable files", f"{error.filename}: {error.strerror}"),))
    except (ValueError, TypeError) as error:
        return OwnCertificate(problems=(finding(tls, "a certificate and a key without passphrase, in PEM", str(error)),))
    digest = hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest()
    return OwnCertificate(chain.decode(), Secret(key.decode()), digest, problems)


def wrong(leaf: x509.Certificate, key: bytes, fqdn: str, tls: Tls) -> Iterator[dict[str, str]]:
    """What makes a certificate useless for this host."""
    private = load_pem_private_key(key, password=None)
    public = [one.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for one in (leaf.public_key(), private.public_key())]
    if public[0] != public[1]:
        yield finding(tls, f"a key that belongs to {tls.certificate}", f"another key in {tls.key}")
    if leaf.not_valid_after_utc < datetime.now(UTC):
        yield finding(tls, "a certificate that is valid now", f"one that ended on {leaf.not_valid_after_utc:%Y-%m-%d}")
    if not any(covers(name, fqdn) for name in names(leaf)):
        yield finding(tls, f"a certificate for {fqdn}", f"one for {', '.join(names(leaf)) or 'no name'}")


def names(leaf: x509.Certificate) -> list[str]:
    """The host names of a certificate."""
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def covers(name: str, fqdn: str) -> bool:
    """Whether a name of a certificate stands for a host: a star stands for one label (RFC 9525 section 6.3)."""
    if name.startswith("*."):
        return name[2:].lower() == fqdn.partition(".")[2].lower()
    return name.lower() == fqdn.lower()


def finding(tls: Tls, expected: str, seen: str) -> dict[str, str]:
    """One thing that is wrong with the files, as the preflight tells it."""
    remedy = "correct mailcow.tls.certificate and mailcow.tls.key, or their files"
    return {"object": "mailcow.tls", "expected": expected, "seen": seen, "next": remedy}
