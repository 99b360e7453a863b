"""Looking for secrets where none may be."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from sams.core.secret import Secret


def forms(secret: Secret) -> tuple[bytes, ...]:
    """A secret as it might appear: as it is, and in base64 at each of the three alignments."""
    text = secret.reveal().encode()
    shifted = (base64.b64encode(b"\0" * shift + text)[(shift + 2) // 3 * 4 :].rstrip(b"=")[:-2] for shift in range(3))
    return (text, *shifted)


def leaks(places: Mapping[str, bytes], secrets: Mapping[str, Secret]) -> list[str]:
    """Which secret stands in which place, by their names."""
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for place, content in places.items()
        if any(form in content for form in forms(secret))
    ]
