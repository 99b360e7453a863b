"""The one table of ports that are open to the world: the host firewall and the cloud's security lists come from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Scope = Literal["world", "private"]


@dataclass(frozen=True)
class Port:
    """A listening port: its number, what listens, on which host group, and who may reach it."""

    number: int
    service: str
    group: str
    scope: Scope = "world"
    protocol: Literal["tcp", "udp"] = "tcp"


#: "all" is every host; "private" scope is the environment's private network only.
PORTS: tuple[Port, ...] = (
    Port(22, "ssh", "all"),
    Port(25, "smtp", "mailservers"),
    Port(80, "http", "mailservers"),
    Port(110, "pop3", "mailservers"),
    Port(143, "imap", "mailservers"),
    Port(443, "https", "mailservers"),
    Port(465, "submissions", "mailservers"),
    Port(587, "submission", "mailservers"),
    Port(993, "imaps", "mailservers"),
    Port(995, "pop3s", "mailservers"),
    Port(4190, "sieve", "mailservers"),
    Port(8200, "vault", "auxiliary", scope="private"),
)


def ports_of(groups: Iterable[str]) -> tuple[Port, ...]:
    """The ports of a host in these groups, by number."""
    wanted = {"all", *groups}
    return tuple(sorted((port for port in PORTS if port.group in wanted), key=lambda port: (port.number, port.protocol)))
