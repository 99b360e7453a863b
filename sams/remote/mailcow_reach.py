"""Whether another host can be reached from here: measured by doing it."""

from __future__ import annotations

import socket
import struct

PATIENCE_SECONDS = 5.0
#: A query for the name servers of the root: identifier, flags, one question; name "", type NS, class IN.
QUESTION = struct.pack("!6H", 0x5A53, 0x0100, 1, 0, 0, 0) + b"\0" + struct.pack("!2H", 2, 1)


def split(target: str, default: int) -> tuple[str, int]:
    """Host and port of ``host:port``, ``host``, or ``[address]:port``."""
    if target.startswith("["):
        host, _, port = target[1:].partition("]")
        return host, int(port.lstrip(":") or default)
    host, _, port = target.partition(":")
    return host, int(port or default)


def connection(target: str, default: int = 25) -> str:
    """Why no TCP connection to a target can be opened; empty when one can."""
    try:
        socket.create_connection(split(target, default), timeout=PATIENCE_SECONDS).close()
    except OSError as error:
        return f"no connection within {PATIENCE_SECONDS:.0f} s ({error})" if isinstance(error, TimeoutError) else str(error)
    return ""


def dns(target: str) -> str:
    """Why a name server does not answer over UDP and TCP; empty when it does."""
    if why := connection(target, 53):
        return f"over TCP: {why}"
    host, port = split(target, 53)
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as channel:
            channel.settimeout(PATIENCE_SECONDS)
            channel.sendto(QUESTION, address)
            answer = channel.recv(4096)
    except OSError as error:
        return f"over UDP: {error}"
    return "" if answer[:2] == QUESTION[:2] else "over UDP: an answer to another question"
