"""Settings of every host."""

from __future__ import annotations

import re
from typing import Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from sams.core.settings.model import Section

#: Where a volume of ours may be mounted without hiding what the system needs.
FORBIDDEN_MOUNTS = ("/", "/boot", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/tmp", "/usr", "/var")  # noqa: S108 (a list of what is refused)


class Ssh(Section):
    """How SSH is hardened. Logging in by key always stays possible."""

    password_login: bool = Field(default=False, description="Whether a password may open a session; keys always may.")
    root_login: Literal["no", "by key"] = Field(
        default="by key", description='Whether root may log in; "no" needs another login user in machines.ssh.user.'
    )


class OpenPort(Section):
    """A port of your own that the host firewall opens."""

    port: int = Field(ge=1, le=65535, description="Port number.", examples=[9100])
    service: str = Field(description="What listens there.", examples=["node exporter"])
    protocol: Literal["tcp", "udp"] = Field(default="tcp", description="Its protocol.")
    scope: Literal["world", "private"] = Field(
        default="private", description="Who may reach it: everybody, or the private addresses of this environment's hosts."
    )
    group: Literal["all", "mailservers", "auxiliary"] = Field(default="all", description="On which hosts.")
    listener: Literal["host", "container"] = Field(
        default="host", description="Whether a program of the host listens there or a container publishes it."
    )


class Firewall(Section):
    """The host firewall, in an nftables table of our own. The ports of the services are open by themselves."""

    ports: tuple[OpenPort, ...] = Field(default=(), description="Further ports to open.")


class Volume(Section):
    """A data volume: mounted by its UUID; a file system is made only on a blank device."""

    device: str = Field(description="The block device.", examples=["/dev/oracleoci/oraclevdb"])
    mount_point: str = Field(description="Where it is mounted.", examples=["/srv/mail"])
    file_system: Literal["ext4", "xfs"] = Field(default="ext4", description="Which file system a blank device gets.")

    @field_validator("device")
    @classmethod
    def _is_a_device(cls, value: str) -> str:
        if not re.fullmatch(r"/dev/[A-Za-z0-9._:+/-]+", value):
            raise ValueError("is not the path of a device\nName it below /dev, best by /dev/disk/by-id/.")
        return value

    @field_validator("mount_point")
    @classmethod
    def _hides_nothing(cls, value: str) -> str:
        if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", value) or value in FORBIDDEN_MOUNTS:
            raise ValueError("is no place for a data volume\nName an absolute path that the system does not need, such as /srv/mail.")
        return value


class Base(Section):
    """Settings of every host."""

    time_zone: str = Field(default="Etc/UTC", description="Time zone of the hosts.", examples=["Europe/Vienna"])
    ssh: Ssh = Field(default_factory=Ssh, description="How SSH is hardened.")
    firewall: Firewall = Field(default_factory=Firewall, description="The host firewall.")
    volumes: dict[str, tuple[Volume, ...]] = Field(default_factory=dict, description="Data volumes, by the name of the host.")
    swap_mib: int = Field(
        default=1024, ge=0, le=65536, description="Size of the swap file in MiB, made where there is no swap yet; 0: none."
    )
    journal_mib: int = Field(default=2048, ge=128, description="Disk space of the system journal in MiB; it holds the container logs too.")

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is not a time zone\nTake a name of `timedatectl list-timezones`, such as Europe/Vienna.")
        return value
