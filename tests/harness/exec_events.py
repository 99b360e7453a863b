"""The kernel's own news of programs that start: the process connector (connector(7), linux/cn_proc.h)."""

from __future__ import annotations

import contextlib
import os
import socket
import struct

NETLINK_CONNECTOR = 11
PROCESS_NEWS = 1, 1  # CN_IDX_PROC, CN_VAL_PROC
LISTEN = 1  # PROC_CN_MCAST_LISTEN
DONE = 3  # NLMSG_DONE
PROGRAM_STARTED = 2  # PROC_EVENT_EXEC
NETLINK_HEADER, CONNECTOR_HEADER = struct.Struct("=IHHII"), struct.Struct("=IIIIHH")
EVENT = struct.Struct("=IIQII")  # what, processor, time; then process and thread group
BUFFER = 8 << 20


def listener() -> socket.socket | None:
    """A socket that the news come in at; None where this kernel or these rights do not give them."""
    try:
        news = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR)
        news.bind((0, PROCESS_NEWS[0]))
        with contextlib.suppress(OSError):
            news.setsockopt(socket.SOL_SOCKET, 33, BUFFER)  # SO_RCVBUFFORCE: many may start at once
        news.send(request())
    except OSError:
        return None
    news.setblocking(False)
    return news


def request() -> bytes:
    """The message that asks for the news."""
    wish = struct.pack("=I", LISTEN)
    body = CONNECTOR_HEADER.pack(*PROCESS_NEWS, 0, 0, len(wish), 0) + wish
    return NETLINK_HEADER.pack(NETLINK_HEADER.size + len(body), DONE, 0, 0, os.getpid()) + body


def started(news: socket.socket) -> list[int]:
    """The processes whose program has started since the last call; an empty list also when news were lost."""
    found = []
    with contextlib.suppress(BlockingIOError, OSError):
        while True:
            what, _, _, process, _ = EVENT.unpack_from(news.recv(4096), NETLINK_HEADER.size + CONNECTOR_HEADER.size)
            if what == PROGRAM_STARTED:
                found.append(process)
    return found
