"""People's passwords: where they stand in Vault and what they look like."""

from __future__ import annotations

from sams.core.secret import Secret, invent

PASSWORD = "password"  # noqa: S105 # the name of a key
PASSWORD_LENGTH = 24


def mailbox_path(address: str) -> str:
    """Where a mailbox's password stands, below Vault's ``secret/``."""
    return f"mail/mailboxes/{address}"


def first_password() -> Secret:
    """A new mailbox's password: 24 letters and digits."""
    return invent(PASSWORD_LENGTH)
