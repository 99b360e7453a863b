"""Settings of every host."""

from __future__ import annotations

from sams.core.settings.model import Section


class Base(Section):
    """Settings of every host."""
