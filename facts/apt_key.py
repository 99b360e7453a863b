"""A package repository that a host trusts."""

from __future__ import annotations

from facts.remote import RemoteFact


class AptRepository(RemoteFact):
    """Fingerprints of the keys in a keyring file (``key_path``) and the text of a sources file (``source_path``)."""

    verb = "apt_repository_state"
