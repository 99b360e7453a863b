"""Settings of alerts."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from sams.core.settings.model import Section

ADDRESS = re.compile(r"[^\s<>@\"]+@[^\s<>@\"]+")


class Smtp(Section):
    """A mail server that takes messages about failures; best one that is not a host of this environment."""

    host: str = Field(description="Its name or address.", examples=["smtp.example.org"])
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description='How the connection is secured; "none" only inside a network that you trust.'
    )
    user: str | None = Field(default=None, description="Login name; none: no login.", examples=["alerts@example.org"])
    password_file: str | None = Field(
        default=None, description="File on your machine (0600) that holds the password.", examples=["~/.config/sams/alerts.password"]
    )
    sender: str = Field(alias="from", description="Address of the sender.", examples=["alerts@example.org"])
    recipients: tuple[str, ...] = Field(alias="to", min_length=1, description="Who is told.", examples=[["admin@example.org"]])

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        return _address(value)

    @field_validator("recipients")
    @classmethod
    def _recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_address(address) for address in value)

    @model_validator(mode="after")
    def _login_is_whole_and_secured(self) -> Smtp:
        if (self.user is None) != (self.password_file is None):
            raise ValueError("has half a login\nGive both user and password_file, or none of them.")
        if self.user and self.security == "none":
            raise ValueError("would send the password in clear\nSet security to starttls or tls.")
        return self


class Alerts(Section):
    """Where failures are told. Without any, they stand in the journal of the host only."""

    smtp: Smtp | None = Field(default=None, description="By mail.")
    webhook: str | None = Field(
        default=None,
        description="By an HTTPS POST of JSON (host, subject, text); the address is treated as a secret on the hosts.",
        examples=["https://chat.example.org/hooks/abc"],
    )

    @field_validator("webhook")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://\S+", value):
            raise ValueError("is not an address\nIt starts with https://.")
        return value


def _address(value: str) -> str:
    if not ADDRESS.fullmatch(value):
        raise ValueError(f"{value} is not a mail address")
    return value
