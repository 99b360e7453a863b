"""Mailcow's own ban settings: one allow list with Fail2Ban, thresholds looser than Fail2Ban's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sams.core.bans import HostAddresses, allow_list, mailcow_thresholds
from sams.core.settings import Settings


def wanted_bans(settings: Settings, host: HostAddresses) -> dict[str, Any]:
    """The ban settings in the words of ``edit/fail2ban``; the allow list is the whole one, entries made by hand go."""
    return {**asdict(mailcow_thresholds(settings)), "whitelist": list(allow_list(settings, host))}


def differing(seen: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """The settings that Mailcow has otherwise."""
    return [key for key, value in wanted.items() if not same(value, seen.get(key))]


def same(wanted: Any, seen: Any) -> bool:
    """Whether a setting is as wanted: a list comes back as sorted lines, a flag as a boolean."""
    if isinstance(wanted, list):
        return set(wanted) == set(str(seen or "").split())
    return int(wanted) == int(seen or 0)
