"""Settings of Docker."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from sams.core.addresses import DOCKER_APT, DOCKER_APT_FINGERPRINT
from sams.core.settings.model import Section


class Docker(Section):
    """Docker engine on the mail hosts."""

    packages: Literal["vendor", "distribution"] = Field(
        default="vendor", description="Whose packages: Docker's own repository, or the distribution's (Debian 13, Ubuntu; not Debian 12)."
    )
    repository: str = Field(
        default=DOCKER_APT, description="Address of Docker's repository, or of your mirror of it.", examples=[DOCKER_APT]
    )
    fingerprint: str = Field(
        default=DOCKER_APT_FINGERPRINT,
        description="Fingerprint of the key that signs the repository: 40 hexadecimal digits. A key with another one is refused.",
    )
    live_restore: bool = Field(
        default=False,
        description="Whether containers go on while the daemon restarts; then a shutdown of the host does not stop them in order.",
    )
    ipv6: bool = Field(default=False, description="Whether containers get IPv6 addresses; needs IPv6 on the host.")

    @field_validator("repository")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not re.fullmatch(r"(https?|file)://[^\s\"']+", value):
            raise ValueError(f"is not an address\nWrite it like {DOCKER_APT}.")
        return value.rstrip("/")

    @field_validator("fingerprint")
    @classmethod
    def _is_a_fingerprint(cls, value: str) -> str:
        digits = value.replace(" ", "").upper()
        if not re.fullmatch(r"[0-9A-F]{40}", digits):
            raise ValueError("is not a fingerprint\nIt has 40 hexadecimal digits; `gpg --show-keys FILE` prints it.")
        return digits
