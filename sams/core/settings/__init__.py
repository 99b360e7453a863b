"""The settings of an environment: one schema, from which loading, errors, JSON Schema and the reference page come."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sams.core.settings.alerts import Alerts
from sams.core.settings.base import Base
from sams.core.settings.docker import Docker
from sams.core.settings.fail2ban import Fail2Ban
from sams.core.settings.machines import Machines
from sams.core.settings.mailcow import Mailcow
from sams.core.settings.model import Section
from sams.core.settings.unattended_upgrades import UnattendedUpgrades
from sams.core.settings.vault import Vault


class Settings(Section):
    """An environment: its machines and the services on them."""

    version: Literal[1] = Field(description="Version of this file's format.")
    machines: Machines = Field(description="Which machines there are and who makes them.")
    base: Base = Field(default_factory=Base, description="Every host.")
    docker: Docker = Field(default_factory=Docker, description="Docker engine.")
    vault: Vault = Field(default_factory=Vault, description="Vault (OpenBao).")
    mailcow: Mailcow = Field(default_factory=Mailcow, description="Mailcow.")
    fail2ban: Fail2Ban = Field(default_factory=Fail2Ban, description="Fail2Ban.")
    unattended_upgrades: UnattendedUpgrades = Field(default_factory=UnattendedUpgrades, description="Unattended upgrades.")
    alerts: Alerts = Field(default_factory=Alerts, description="Where failures are told.")


__all__ = ["Alerts", "Base", "Docker", "Fail2Ban", "Machines", "Mailcow", "Section", "Settings", "UnattendedUpgrades", "Vault"]
