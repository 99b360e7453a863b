"""A mail user's programs: authenticated submission and IMAP with verified TLS, at an address that DNS need not know."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from sams.core.secret import Secret

#: Dovecot delays an address that failed before; a patient client sees the answer all the same.
TIMEOUT = 30


@dataclass(frozen=True)
class Server:
    """A mail server: the name in its certificate, the address to connect to, the CA to believe."""

    name: str
    address: str
    authority: Path

    def context(self) -> ssl.SSLContext:
        """TLS that believes this CA alone and checks the name."""
        return ssl.create_default_context(cafile=str(self.authority))

    def connect(self, port: int) -> socket.socket:
        """A TCP connection to a port."""
        return socket.create_connection((self.address, port), TIMEOUT)


@dataclass(frozen=True)
class Account:
    """Someone with a mailbox."""

    address: str
    password: Secret


class Submission(smtplib.SMTP):
    """SMTP on port 587 to ``server``, whose certificate is checked against its name."""

    def __init__(self, server: Server, port: int = 587) -> None:
        self.server = server
        super().__init__(server.name, port, timeout=TIMEOUT)

    def _get_socket(self, _host: str, port: int, _timeout: float) -> socket.socket:
        return self.server.connect(port)


class Submissions(Submission):
    """SMTP with TLS from the first byte, port 465."""

    def __init__(self, server: Server) -> None:
        super().__init__(server, 465)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.server.context().wrap_socket(super()._get_socket(host, port, timeout), server_hostname=self.server.name)


class Imaps(imaplib.IMAP4):
    """IMAP with TLS from the first byte, port 993."""

    def __init__(self, server: Server) -> None:
        self.server = server
        super().__init__(server.name, 993, TIMEOUT)

    def _create_socket(self, _timeout: float | None) -> socket.socket:
        return self.server.context().wrap_socket(self.server.connect(993), server_hostname=self.server.name)


def login(client: Submission, account: Account) -> None:
    """Upgrade to TLS where the port is not TLS already, then log in."""
    if not isinstance(client, Submissions):
        client.starttls(context=client.server.context())
    client.login(account.address, account.password.reveal())


def send(client: Submission, sender: Account, recipient: str, subject: str) -> None:
    """Send a short message by authenticated submission."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender.address, recipient, subject
    message.set_content(f"{subject}\n")
    with client:
        login(client, sender)
        client.send_message(message)


def wait_for(server: Server, reader: Account, subject: str, seconds: float = 30) -> bytes:
    """The message with this subject, read from the reader's inbox; an error when it has not come in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := search(server, reader, subject):
            return found
        time.sleep(0.3)
    raise AssertionError(f"{reader.address}: expected a message with subject {subject!r} within {seconds} s, seen none")


def search(server: Server, reader: Account, subject: str) -> bytes:
    """The message with this subject, or nothing."""
    client = Imaps(server)
    try:
        client.login(reader.address, reader.password.reveal())
        client.select(readonly=True)
        _, (numbers, *_) = client.search(None, "SUBJECT", f'"{subject}"')
        if not numbers:
            return b""
        _, (message, *_) = client.fetch(numbers.split()[-1].decode(), "(RFC822)")
        return message[1] if isinstance(message, tuple) else b""
    finally:
        client.logout()
