"""Settings of alerts."""

from __future__ import annotations

from sams.core.settings.model import Section


class Alerts(Section):
    """Settings of alerts."""
