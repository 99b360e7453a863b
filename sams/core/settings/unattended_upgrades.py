"""Settings of unattended upgrades."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from sams.core.settings.model import Section

TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class UnattendedUpgrades(Section):
    """Security upgrades, every day, without a human."""

    at: str = Field(default="03:30", description="When the window opens: hours and minutes in the time zone of the host.")
    spread_minutes: int = Field(
        default=60, ge=0, le=720, description="Length of the window in minutes; each host takes a random moment in it."
    )
    reboot_at: str | None = Field(
        default=None, description="When a host that needs it is rebooted; none: never by itself.", examples=["04:45"]
    )
    origins: tuple[str, ...] = Field(
        default=(),
        description="Further origins to upgrade from, as patterns of unattended-upgrades.",
        examples=[["origin=Example,suite=stable"]],
    )
    excluded: tuple[str, ...] = Field(default=(), description="Further packages to leave alone, by name.", examples=[["linux-image-amd64"]])
    stale_days: int = Field(default=3, ge=1, description="After how many days without fresh package lists a failure is told.")

    @field_validator("at", "reboot_at")
    @classmethod
    def _is_a_time(cls, value: str | None) -> str | None:
        if value is not None and not TIME.fullmatch(value):
            raise ValueError('is not a time of day\nWrite hours and minutes in quotes, such as "03:30".')
        return value

    @field_validator("origins")
    @classmethod
    def _are_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            if not re.fullmatch(r"[A-Za-z]+=[^\";,]+(,[A-Za-z]+=[^\";,]+)*", pattern):
                raise ValueError(f"holds {pattern}, which is not a pattern\nWrite it like origin=Example,suite=stable.")
        return value

    @field_validator("excluded")
    @classmethod
    def _are_packages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
                raise ValueError(f"holds {name}, which is not the name of a package")
        return value
