"""A client of Mailcow's API on its own host: over loopback, so that no firewall and no ban stands between.

Each request is without cookies, because Mailcow would keep errors of one call in the session and tell them in the next.
Answers are never logged: they repeat the request, passwords included.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

from sams.remote import mailcow_conf
from sams.remote.errors import Failed

PATIENCE_SECONDS = 60
#: Types of entries that mean that something asked for was not done.
BAD = ("danger", "error")


class Refused(Failed):
    """Mailcow does not accept the key. Every further try would count as a failed login: stop."""


class Unavailable(Failed):
    """Mailcow's API does not answer, or answers with an error page."""


@dataclass(frozen=True)
class Answer:
    """What a call said.

    ``empty`` is Mailcow's way of crashing: status 200 and no text. What was done before the crash stays done.
    """

    value: Any
    empty: bool = False
    entries: tuple[dict[str, Any], ...] = field(default=())

    @property
    def problems(self) -> list[str]:
        """What was not done, in Mailcow's words."""
        return [message(entry) for entry in self.entries if entry.get("type") in BAD]


def message(entry: dict[str, Any]) -> str:
    """The words of one entry: a key, alone or with arguments."""
    said = entry.get("msg", "")
    return " ".join(str(part) for part in said) if isinstance(said, list) else str(said)


def parse(text: str) -> Answer:
    """An answer from its text: a list of entries, one object, or nothing.

    Raises
    ------
    Unavailable:
        When it is no JSON: a page of a proxy, or of a Mailcow that cannot reach its database.
    """
    if not text.strip():
        return Answer(None, empty=True)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Unavailable(f"Mailcow's API: expected JSON, seen {text[:80]!r}") from error
    rows = value if isinstance(value, list) else [value]
    return Answer(value, entries=tuple(row for row in rows if isinstance(row, dict) and "type" in row and "msg" in row))


def rows(answer: Answer) -> list[dict[str, Any]]:
    """The rows of a list; Mailcow writes an empty list as ``{}``.

    Raises
    ------
    Unavailable:
        When it is no list: the key was not accepted, or Mailcow crashed.
    """
    if answer.value == {}:
        return []
    if isinstance(answer.value, list):
        return answer.value
    raise Unavailable(f"Mailcow's API: expected a list, seen {'nothing' if answer.empty else str(answer.value)[:120]}")


class Api:
    """One connection to the API, used again for every call.

    Parameters
    ----------
    host:
        Mailcow's own name, for TLS and HTTP.
    port:
        Port of HTTPS on loopback.
    key:
        The API key.
    """

    def __init__(self, host: str, port: int, key: str) -> None:
        self.host, self.port, self.key = host, port, key
        self.connection: http.client.HTTPSConnection | None = None

    @classmethod
    def of(cls, directory: str, key: str = "API_KEY") -> Api:
        """The API of the installation in this directory, with a key from its mailcow.conf."""
        found = mailcow_conf.read(directory)
        if not found.get(key):
            raise Failed(f"{directory}/mailcow.conf: expected {key}, seen none; next: pyinfra inventories/ENV.py deploys/site.py")
        return cls(found["MAILCOW_HOSTNAME"], int(found.get("HTTPS_PORT") or 443), found[key])

    def __enter__(self) -> Api:
        """Use the API in a block."""
        return self

    def __exit__(self, *_reason: object) -> None:
        """End the connection with the block."""
        self.close()

    def get(self, path: str) -> Answer:
        """``get/<path>``."""
        return self.call("GET", f"get/{path}")

    def post(self, path: str, body: Any) -> Answer:
        """``add``, ``edit`` or ``delete`` with a JSON body."""
        return self.call("POST", path, json.dumps(body))

    def call(self, method: str, path: str, body: str | None = None) -> Answer:
        """One request. A GET is sent again when a kept connection had been closed meanwhile.

        Raises
        ------
        Refused:
            For status 401 and 403.
        Unavailable:
            For everything else but 200.
        """
        status, text = self.exchange(method, path, body, again=method == "GET")
        if status in (401, 403):
            raise Refused(
                f"Mailcow's API refuses this host ({status}): {text[:120]}; expected the key of mailcow.conf from 127.0.0.1; "
                "next: compare API_KEY and API_ALLOW_FROM with the web interface, then pyinfra inventories/ENV.py deploys/site.py"
            )
        if status != http.client.OK:
            raise Unavailable(f"Mailcow's API: expected status 200, seen {status}")
        return parse(text)

    def exchange(self, method: str, path: str, body: str | None, *, again: bool) -> tuple[int, str]:
        """Send one request and read the whole answer."""
        headers = {"Host": self.host, "X-API-Key": self.key, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self.connection = self.connection or Loopback(self.host, self.port)
            self.connection.request(method, f"/api/v1/{path}", body=body, headers=headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if again:
                return self.exchange(method, path, body, again=False)
            raise Unavailable(
                f"Mailcow's API: expected an answer on 127.0.0.1:{self.port}, seen: {error or type(error).__name__}"
            ) from error

    def close(self) -> None:
        """End the connection."""
        if self.connection:
            self.connection.close()
        self.connection = None


class Loopback(http.client.HTTPSConnection):
    """HTTPS to this host itself, asking for Mailcow's name; loopback needs no proof of identity."""

    def __init__(self, host: str, port: int) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().__init__(host, port, timeout=PATIENCE_SECONDS, context=context)
        self.tls = context

    def connect(self) -> None:
        """Connect to loopback instead of the name's address."""
        channel = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
        self.sock = self.tls.wrap_socket(channel, server_hostname=self.host)
