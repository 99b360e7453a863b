"""Settings of unattended upgrades."""

from __future__ import annotations

from sams.core.settings.model import Section


class UnattendedUpgrades(Section):
    """Settings of unattended upgrades."""
