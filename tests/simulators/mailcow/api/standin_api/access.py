"""Who calls: the address seen, the key, its allow list."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from redis import Redis

from .answers import HTML, Answer, error
from .database import Database
from .loose import words

_PRIVATE = [
    ipaddress.ip_network(network) for network in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]


class Denied(Exception):
    """The key does not open the door; carries the answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


def client_address(peer: str, real_ip: str, forwarded_for: str) -> str:
    """Address of the client: headers count only as far as private hops wrote them.

    Args:
        peer: address of the other end of the connection.
        real_ip: header ``X-Real-IP``, written by the proxy in front; wins when there.
        forwarded_for: header ``X-Forwarded-For``, nearest hop last.
    """
    hops = [real_ip] if real_ip else [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    seen = peer.removeprefix("::ffff:")
    while hops and _inside(seen, _PRIVATE):
        seen = hops.pop()
    return seen


def check_key(database: Database, redis: Redis[str], key: str, address: str) -> str:
    """Access of a key, ``rw`` or ``ro``.

    Raises:
        Denied: unknown key, or one that may not be used from this address; netfilter is told.
    """
    cleaned = re.sub(r"[^a-zA-Z0-9-]", "", key)
    row = database.row("SELECT * FROM api WHERE api_key = %s AND active = '1'", cleaned)
    if row is None:
        raise _denied(redis, address, "authentication failed")
    if not row["skip_ip_check"] and not _allowed(address, row["allow_from"]):
        raise _denied(redis, address, f"api access denied for ip {address}")
    return str(row["access"])


def _denied(redis: Redis[str], address: str, message: str) -> Denied:
    redis.publish("F2B_CHANNEL", f"mailcow UI: Invalid password for API_USER by {address}")
    return Denied(error(401, message, HTML))


def _allowed(address: str, listed: str) -> bool:
    networks = []
    for part in filter(None, words(listed)):
        try:
            networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            continue
    return _inside(address, networks)


def _inside(address: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        seen = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(seen in network for network in networks)
