"""Fingerprints of keys, held against what GnuPG printed for the same key."""

from __future__ import annotations

import base64

import pytest

from sams.remote import openpgp
from sams.remote.errors import Failed

KEY = b"""-----BEGIN PGP PUBLIC KEY BLOCK-----
Comment: made for this test

mDMEawLakRYJKwYBBAHaRw8BAQdA72TcEtP7CMsbxZ0bfzyeo83dh8jISrLnBx8j
TsjsdvO0GEV4YW1wbGUgPGFAZXhhbXBsZS50ZXN0PoiQBBMWCAA4FiEEups3Dq+D
nUdWnrsHyU9eBQgxNqgFAmsC2pECGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AA
CgkQyU9eBQgxNqi9ggD+Oe5fNwAKB1q2LuBo6GS91h8itTzjavg98363jYgEcz4A
/jOC2DNUuDer8GZIf4LwqO2j03GQdTY/9esU8MufnTsH
=HdFP
-----END PGP PUBLIC KEY BLOCK-----
"""
FINGERPRINT = "BA9B370EAF839D47569EBB07C94F5E05083136A8"


def test_a_key_has_the_fingerprint_that_gnupg_prints() -> None:
    assert openpgp.fingerprints(KEY) == [FINGERPRINT]
    assert openpgp.fingerprints(KEY.replace(b"\n", b"\r\n")) == [FINGERPRINT]
    assert openpgp.fingerprints(openpgp.binary(KEY)) == [FINGERPRINT]


def test_every_key_of_a_bundle_is_seen_so_that_none_slips_in() -> None:
    assert openpgp.fingerprints(KEY + KEY) == [FINGERPRINT] * 2
    assert openpgp.fingerprints(openpgp.binary(KEY) * 3) == [FINGERPRINT] * 3


def test_a_changed_key_has_another_fingerprint() -> None:
    changed = bytearray(openpgp.binary(KEY))
    changed[20] ^= 1
    assert openpgp.fingerprints(bytes(changed)) != [FINGERPRINT]


def test_a_packet_in_the_new_format_is_read_too() -> None:
    packets = openpgp.packets(openpgp.binary(KEY))
    bodies = [(tag, body) for tag, body in packets]
    new = b"".join(bytes([0xC0 | tag, 255]) + len(body).to_bytes(4, "big") + body for tag, body in bodies)
    assert openpgp.fingerprints(new) == [FINGERPRINT]


@pytest.mark.parametrize("text", [b"<html>404</html>", b"\x99", b"\x99\xff\xff" + b"x" * 10, base64.b64encode(KEY)])
def test_what_is_no_key_is_refused(text: bytes) -> None:
    with pytest.raises(Failed, match="not an OpenPGP key"):
        openpgp.fingerprints(text)
