"""Verb: fetch a repository's key, trust it only with the expected fingerprint, and name the repository for that key alone."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from sams.remote import atomic, openpgp
from sams.remote.errors import Failed

TIMEOUT_SECONDS = 60
LARGEST_KEY = 1 << 20


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"key_address", "fingerprint", "key_path", "source_path", "source"}``."""
    key = fetch(job["key_address"], job["advice"])
    seen = openpgp.fingerprints(key)
    if seen != [job["fingerprint"]]:
        raise Failed(
            f"key at {job['key_address']}: expected fingerprint {job['fingerprint']}, seen {', '.join(seen) or 'no key'}. "
            "It was not trusted. Next: compare with the vendor's page; a new key goes into docker.fingerprint."
        )
    for path in (job["key_path"], job["source_path"]):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    atomic.write(job["key_path"], openpgp.binary(key))
    atomic.write(job["source_path"], job["source"].encode())
    return {"trusted": seen[0]}


def fetch(address: str, advice: str) -> bytes:
    """The key, from its address."""
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (the settings allow https, http, file)
            content: bytes = answer.read(LARGEST_KEY)
    except (urllib.error.URLError, OSError) as error:
        raise Failed(f"{address}: expected the repository's key, seen: {getattr(error, 'reason', error)}. {advice}") from None
    return content
