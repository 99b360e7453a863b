"""Settings of the service, from the environment variables that Mailcow's containers get."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

_NETWORK4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(/([0-9]|[1-2][0-9]|3[0-2]))?")
_NETWORK6 = re.compile(r"([0-9a-fA-F]{0,4}:){1,7}[0-9a-fA-F]{0,4}(/([0-9]|[1-9][0-9]|1[0-1][0-9]|12[0-8]))?")


@dataclass(frozen=True)
class Settings:
    """Where the servers are, who may call, what the host is called."""

    database_host: str
    database_name: str
    database_user: str
    database_password: str
    redis_host: str
    redis_port: int
    redis_password: str
    keys: dict[str, str]
    allowed_networks: str
    host_name: str
    version: str
    mail_folder: str
    own_networks: tuple[str, ...]


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings with the defaults of the compose project."""
    get = environment.get
    network4, network6 = get("IPV4_NETWORK", "172.22.1"), get("IPV6_NETWORK", "fd4d:6169:6c63:6f77::/64")
    return Settings(
        database_host=get("DBHOST", "mysql"),
        database_name=get("DBNAME", "mailcow"),
        database_user=get("DBUSER", "mailcow"),
        database_password=get("DBPASS", ""),
        redis_host=get("REDISHOST", "redis"),
        redis_port=int(get("REDISPORT", "6379")),
        redis_password=get("REDISPASS", ""),
        keys=_keys(environment),
        allowed_networks=_networks(get("API_ALLOW_FROM", "")),
        host_name=get("MAILCOW_HOSTNAME", "mail.example"),
        version=get("MAILCOW_VERSION", "2026-07a"),
        mail_folder=get("VMAIL", "/var/vmail"),
        own_networks=("0.0.0.0", "0.0.0.0/0", f"{network4}0/24", f"{network4}0", network6),
    )


def _keys(environment: Mapping[str, str]) -> dict[str, str]:
    found = {"rw": environment.get("API_KEY", ""), "ro": environment.get("API_KEY_READ_ONLY", "")}
    return {access: key for access, key in found.items() if key not in ("", "invalid")}


def _networks(listed: str) -> str:
    parts = [part for part in listed.split(",") if _NETWORK4.fullmatch(part) or _NETWORK6.fullmatch(part)]
    return ",".join(parts)
