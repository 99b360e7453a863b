"""Settings of Mailcow."""

from __future__ import annotations

from sams.core.settings.model import Section


class Mailcow(Section):
    """Settings of Mailcow."""
