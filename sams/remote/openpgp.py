"""Fingerprints of OpenPGP public keys (RFC 4880, sections 4.2, 6 and 12.2), so that a key is pinned without a keyring program."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

from sams.remote.errors import Failed

PUBLIC_KEY = 6
ARMOR = re.compile(rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[^\r\n]+\r?\n)*\r?\n(.*?)\r?\n(?:=[^\r\n]+\r?\n)?-----END", re.DOTALL)


def binary(key: bytes) -> bytes:
    """The key without its ASCII armor."""
    blocks = ARMOR.findall(key)
    return b"".join(base64.b64decode(block) for block in blocks) if blocks else key


def fingerprints(key: bytes) -> list[str]:
    """Fingerprints of the primary keys, as 40 hexadecimal digits each.

    Raises
    ------
    Failed:
        When the bytes are no OpenPGP packets.
    """
    try:
        bodies = [body for tag, body in packets(binary(key)) if tag == PUBLIC_KEY]
    except (IndexError, ValueError):
        raise Failed("not an OpenPGP key") from None
    return [hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body).hexdigest().upper() for body in bodies]  # noqa: S324 (by RFC 4880)


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The packets: tag and body."""
    while data:
        if not data[0] & 0x80:
            raise ValueError("no packet header")
        tag, start, length = new_header(data) if data[0] & 0x40 else old_header(data)
        if start + length > len(data):
            raise ValueError("packet is cut off")
        yield tag, data[start : start + length]
        data = data[start + length :]


def old_header(data: bytes) -> tuple[int, int, int]:
    """Tag, where the body starts, its length: old format."""
    size = {0: 1, 1: 2, 2: 4}[data[0] & 3] if data[0] & 3 != 3 else 0
    if not size:
        return data[0] >> 2 & 15, 1, len(data) - 1
    return data[0] >> 2 & 15, 1 + size, int.from_bytes(data[1 : 1 + size], "big")


def new_header(data: bytes) -> tuple[int, int, int]:
    """Tag, where the body starts, its length: new format."""
    tag, first = data[0] & 63, data[1]
    if first < 192:
        return tag, 2, first
    if first < 224:
        return tag, 3, (first - 192 << 8) + data[2] + 192
    if first == 255:
        return tag, 6, int.from_bytes(data[2:6], "big")
    raise ValueError("partial body lengths are not for keys")
