"""The one table of ports that are open to the world: the host firewall and the cloud's security lists come from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Scope = Literal["world", "private"]
Protocol = Literal["tcp", "udp"]
#: Who listens: a program of the host itself, or a container whose port Docker publishes.
Listener = Literal["host", "container"]


@dataclass(frozen=True)
class Port:
    """A listening port: its number, what listens, on which host group, and who may reach it."""

    number: int
    service: str
    group: str
    scope: Scope = "world"
    protocol: Protocol = "tcp"
    listener: Listener = "host"


#: "all" is every host; "private" scope is the environment's private network only.
PORTS: tuple[Port, ...] = (
    Port(22, "ssh", "all"),
    Port(25, "smtp", "mailservers", listener="container"),
    Port(80, "http", "mailservers", listener="container"),
    Port(110, "pop3", "mailservers", listener="container"),
    Port(143, "imap", "mailservers", listener="container"),
    Port(443, "https", "mailservers", listener="container"),
    Port(465, "submissions", "mailservers", listener="container"),
    Port(587, "submission", "mailservers", listener="container"),
    Port(993, "imaps", "mailservers", listener="container"),
    Port(995, "pop3s", "mailservers", listener="container"),
    Port(4190, "sieve", "mailservers", listener="container"),
    Port(8200, "vault", "auxiliary", scope="private"),
)


def ports_of(groups: Iterable[str], further: Iterable[Port] = ()) -> tuple[Port, ...]:
    """The ports of a host in these groups, by number; `further` are those of the settings."""
    wanted = {"all", *groups}
    chosen = (port for port in (*PORTS, *further) if port.group in wanted)
    return tuple(sorted(chosen, key=lambda port: (port.number, port.protocol)))
