"""Settings of Fail2Ban."""

from __future__ import annotations

from sams.core.settings.model import Section


class Fail2Ban(Section):
    """Settings of Fail2Ban."""
