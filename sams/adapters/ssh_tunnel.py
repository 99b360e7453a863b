"""HTTPS to a host's loopback, through SSH: no port is opened on the operator's machine.

Each connection is a ``direct-tcpip`` channel (RFC 4254, section 7.2) of one SSH session; TLS runs inside it, end to end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
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
BLOCK = 1 << 15


class Tunnel:
    """An SSH session to one host, opened when the first channel is asked for and again when it was lost."""

    def __init__(self, env: str, record: HostRecord) -> None:
        self._env = env
        self._record = record
        self._client: paramiko.SSHClient | None = None

    def channel(self, address: str, port: int, patience: float) -> paramiko.Channel:
        """A connection from the host to ``address:port``.

        Raises
        ------
        OSError, paramiko.SSHException:
            When the host cannot be reached or nothing listens there.
        """
        transport = self._session().get_transport()
        if transport is None:
            raise paramiko.SSHException(f"the SSH session to {self._record.name} was lost")
        return transport.open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=patience)

    def close(self) -> None:
        """End the session."""
        if self._client:
            self._client.close()
            self._client = None

    def _session(self) -> paramiko.SSHClient:
        transport = self._client.get_transport() if self._client else None
        if self._client is None or transport is None or not transport.is_active():
            self.close()
            self._client = self._connected()
        return self._client

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
            return piped(tunnel.channel(address, port, PATIENCE))

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
