"""Settings of Docker."""

from __future__ import annotations

from sams.core.settings.model import Section


class Docker(Section):
    """Settings of Docker."""
