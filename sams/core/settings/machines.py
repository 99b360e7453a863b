"""Settings of the machines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sams.core.settings.model import Section


class Ssh(Section):
    """How the operator's machine reaches the hosts."""

    user: str = Field(default="ops", description="Login name on the hosts; needs passwordless sudo.", examples=["ubuntu"])
    key: str | None = Field(default=None, description="Private key file; none: one is made for the environment.", examples=["~/.ssh/id_ed25519"])


class Host(Section):
    """One machine."""

    groups: tuple[Literal["mailservers", "auxiliary"], ...] = Field(description="What runs on it.", examples=[["mailservers"]])
    fqdn: str = Field(description="Its name in DNS.", examples=["mail.example.org"])


class Machines(Section):
    """Which machines there are and who makes them."""

    provider: Literal["docker", "given", "oci"] = Field(description="Who makes the machines.")
    ssh: Ssh = Field(default_factory=Ssh, description="How they are reached.")
    hosts: dict[str, Host] = Field(description="The machines by name.")
