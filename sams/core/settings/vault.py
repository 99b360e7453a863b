"""Settings of Vault."""

from __future__ import annotations

from sams.core.settings.model import Section


class Vault(Section):
    """Settings of Vault."""
