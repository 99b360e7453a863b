"""Whether Mailcow answers on every port, and with which certificate: seen on the sockets, whatever the containers claim."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from sams.remote import mailcow_conf
from sams.remote.errors import Failed
from sams.remote.mailcow_api import Api

PATIENCE_SECONDS = 10
#: Port: the service behind it, whether TLS begins at once, and how its greeting begins.
GREETINGS: dict[int, tuple[str, bool, bytes]] = {
    25: ("postfix-mailcow", False, b"220"),
    465: ("postfix-mailcow", True, b"220"),
    587: ("postfix-mailcow", False, b"220"),
    110: ("dovecot-mailcow", False, b"+OK"),
    143: ("dovecot-mailcow", False, b"* OK"),
    993: ("dovecot-mailcow", True, b"* OK"),
    995: ("dovecot-mailcow", True, b"+OK"),
    4190: ("dovecot-mailcow", False, b'"IMPLEMENTATION"'),
}
SUBMISSION = 587
WEB, API = "nginx-mailcow", "php-fpm-mailcow"


@dataclass(frozen=True)
class Seen:
    """What came of one check: why it failed, or the digest of the certificate that was served; either may be empty."""

    what: str
    service: str
    why: str = ""
    certificate: str = ""


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "certificate": SHA-256 or null}`` -> ``{"findings": [{"what", "service", "why"}], "stale": [services]}``.

    ``stale`` are services that serve another certificate than the wanted one.
    """
    wanted, checks = job.get("certificate"), all_checks(job["directory"])
    with ThreadPoolExecutor(len(checks)) as pool:
        seen = list(pool.map(lambda check: attempt(*check), checks))
    return {
        "findings": [{"what": one.what, "service": one.service, "why": one.why} for one in seen if one.why],
        "stale": sorted({one.service for one in seen if wanted and one.certificate and one.certificate != wanted}),
        "certificates": {one.what: one.certificate for one in seen if one.certificate},
    }


def all_checks(directory: str) -> list[tuple[str, str, Callable[[], str]]]:
    """What is looked at, the service behind it, and how; each gives the digest of a certificate, or nothing."""
    name = mailcow_conf.read(directory).get("MAILCOW_HOSTNAME", "")
    return [
        *((f"port {port}", row[0], partial(greeting, port, name, tls=row[1], begins=row[2])) for port, row in GREETINGS.items()),
        ("port 587 after STARTTLS", "postfix-mailcow", partial(starttls, name)),
        ("port 443", WEB, partial(page, name)),
        ("API", API, partial(api, directory)),
    ]


def attempt(what: str, service: str, check: Callable[[], str]) -> Seen:
    """Do one check."""
    try:
        return Seen(what, service, certificate=check())
    except (OSError, Failed, http.client.HTTPException) as error:
        return Seen(what, service, why=str(error) or type(error).__name__)


def greeting(port: int, name: str, *, tls: bool, begins: bytes) -> str:
    """Connect, speak TLS where it begins at once, and read how the service greets."""
    with connected(port) as channel:
        if not tls:
            expect(channel, begins)
            return ""
        with tls_context().wrap_socket(channel, server_hostname=name) as secure:
            expect(secure, begins)
            return digest_of(secure)


def starttls(name: str) -> str:
    """Greet on the submission port and go over to TLS."""
    with connected(SUBMISSION) as channel:
        expect(channel, b"220")
        channel.sendall(f"EHLO {name}\r\n".encode())
        expect(channel, b"250")
        channel.sendall(b"STARTTLS\r\n")
        expect(channel, b"220")
        with tls_context().wrap_socket(channel, server_hostname=name) as secure:
            return digest_of(secure)


def page(name: str) -> str:
    """Speak TLS with the web server; any answer below 500 will do."""
    connection = http.client.HTTPSConnection(name, 443, timeout=PATIENCE_SECONDS)
    with connected(443) as channel, tls_context().wrap_socket(channel, server_hostname=name) as secure:
        connection.sock = secure
        connection.request("GET", "/", headers={"Host": name})
        status = connection.getresponse().status
        if status >= http.client.INTERNAL_SERVER_ERROR:
            raise Failed(f"expected a page, seen status {status}")
        return digest_of(secure)


def api(directory: str) -> str:
    """Ask the API for its version."""
    with Api.of(directory) as client:
        answer = client.get("status/version").value
    if not isinstance(answer, dict) or "version" not in answer:
        raise Failed(f"expected a version, seen {str(answer)[:80]}")
    return ""


def connected(port: int) -> socket.socket:
    """A connection to a port of this host."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)


def tls_context() -> ssl.SSLContext:
    """TLS without proof of identity: loopback needs none, and the certificate is compared by its digest."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def expect(channel: socket.socket, begins: bytes) -> None:
    """Read an answer and look at how it begins."""
    said = channel.recv(4096)
    if not said.startswith(begins):
        raise Failed(f"expected a greeting that begins with {begins.decode()!r}, seen {said[:60]!r}")


def digest_of(channel: ssl.SSLSocket) -> str:
    """SHA-256 of the certificate that was served."""
    return hashlib.sha256(channel.getpeercert(binary_form=True) or b"").hexdigest()
