"""Text that must not be printed."""

from __future__ import annotations

import secrets
import string
from typing import NoReturn

PLACEHOLDER = "*secret*"
ALPHABET = string.ascii_letters + string.digits


class Secret:
    """A secret text: every way of printing it gives a placeholder, `reveal` gives the text.

    Reveal it only where it enters its channel: standard input of a remote command, a file created 0600, a request to Vault.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return PLACEHOLDER

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return PLACEHOLDER

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and secrets.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied into files")


def invent(length: int = 32) -> Secret:
    """A new random secret.

    Parameters
    ----------
    length:
        Number of characters, each a letter or a digit (5.95 bits): safe in shell, dotenv, SQL and HTTP headers alike.
    """
    return Secret("".join(secrets.choice(ALPHABET) for _ in range(length)))
