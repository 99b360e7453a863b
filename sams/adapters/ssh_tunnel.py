"""HTTPS to a host's loopback, through SSH: no port is opened on the operator's machine.

Each connection is a ``direct-tcpip`` channel (RFC 4254, section 7.2) of one SSH session; TLS runs inside it, end to end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any

import paramiko
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from sams.adapters.ssh_transport import nodelay_transport

#: Seconds until a host that does not answer counts as unreachable.
PATIENCE = 10.0
#: Seconds after which an unreachable host is tried again.
REST = 5.0
#: Seconds between signs of life, so that no router in between forgets the session.
KEEPALIVE = 15
BLOCK = 1 << 15
#: RFC 4254, section 5.1.
OPEN_ADMINISTRATIVELY_PROHIBITED = 1


class Tunnel:
    """An SSH session to one host, opened when the first channel is asked for and again when it was lost."""

    def __init__(self, env: str, record: HostRecord) -> None:
        self._env = env
        self._record = record
        self._client: paramiko.SSHClient | None = None
        self._unreachable_until = 0.0
        self._lock = threading.Lock()

    def channel(self, address: str, port: int) -> paramiko.Channel:
        """A connection from the host to ``address:port``.

        Raises
        ------
        OSError, paramiko.SSHException:
            When the host cannot be reached, forbids forwarding, or nothing listens there.
        """
        try:
            return self._opened(address, port)
        except paramiko.ChannelException as refusal:
            if refusal.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
                raise PermissionError(f"SSH of {self._record.name} forbids forwarding: it needs AllowTcpForwarding local") from None
            raise ConnectionRefusedError(f"nothing listens on {address}:{port} of {self._record.name}") from None
        except paramiko.SSHException:  # a session that died without a word, as after a power cut: once more on a new one
            self.close()
            return self._opened(address, port)

    def close(self) -> None:
        """End the session."""
        if self._client:
            self._client.close()
            self._client = None

    def _opened(self, address: str, port: int) -> paramiko.Channel:
        with self._lock:
            transport = self._session().get_transport()
        if transport is None:
            raise paramiko.SSHException(f"the SSH session to {self._record.name} was lost")
        transport.set_keepalive(KEEPALIVE)
        return transport.open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=PATIENCE)

    def _session(self) -> paramiko.SSHClient:
        transport = self._client.get_transport() if self._client else None
        if self._client is None or transport is None or not transport.is_active():
            self.close()
            self._client = self._connected_soon()
        return self._client

    def _connected_soon(self) -> paramiko.SSHClient:
        """A new session; a host that was unreachable a moment ago is not waited for again by everybody in the queue."""
        if time.monotonic() < self._unreachable_until:
            raise ConnectionError(f"{self._record.name} at {self._record.public_address} was unreachable a moment ago")
        try:
            return self._connected()
        except OSError:
            self._unreachable_until = time.monotonic() + REST
            raise

    def _connected(self) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        client.load_host_keys(str(hosts_file.known_hosts_of(self._env)))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            self._record.public_address,
            username=self._record.user,
            key_filename=str(Path(self._record.key).expanduser()),
            transport_factory=nodelay_transport,
            timeout=PATIENCE,
            banner_timeout=PATIENCE,
            auth_timeout=PATIENCE,
        )
        return client


def https_adapter(tunnel: Tunnel, address: str, port: int) -> HTTPAdapter:
    """What makes a `requests.Session` talk to ``address:port`` as the host sees it.

    Everything above the connection stays as it is: the URL names the server, and its certificate is verified for that name.
    """

    class Connection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return piped(tunnel.channel(address, port))

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = {"https": Pool}

    return Adapter()


def piped(channel: paramiko.Channel) -> socket.socket:
    """A real socket whose other end is the channel: TLS libraries want a file descriptor, a channel has none."""
    near, far = socket.socketpair()
    for source, sink in ((channel, far), (far, channel)):
        threading.Thread(target=pump, args=(source, sink), name="ssh tunnel", daemon=True).start()
    return near


def pump(source: socket.socket | paramiko.Channel, sink: socket.socket | paramiko.Channel) -> None:
    """Carry bytes one way until either end closes, then close both."""
    with contextlib.suppress(OSError, EOFError):
        while data := source.recv(BLOCK):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError, EOFError):
            end.close()
