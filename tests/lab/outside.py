"""The mail server of somebody else, and what it has received."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import Parser
from email.policy import default
from typing import Any, cast

from docker.models.containers import Container

from provision.report import Say
from tests.lab.authority import issued
from tests.lab.server import Server, find, running

NAMES = ("mx.outside.test", "outside.test")


@dataclass(frozen=True)
class Caught:
    """A message as the server outside received it."""

    peer: str
    helo: str
    encrypted: bool
    sender: str
    recipients: tuple[str, ...]
    text: str

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return Parser(policy=default).parsestr(self.text)


def start(env: str, say: Say = print) -> Container:
    """The outside mail server of an environment."""
    certificate, key = issued(NAMES)
    tls = {"/lab/certificate.pem": certificate.read_bytes(), "/lab/key.pem": key.read_bytes(), "/caught/.keep": b""}
    return running(env, Server("outside", ("python3", "-u", "/lab/outside.py"), NAMES, lambda: tls), say)


def caught(env: str) -> list[Caught]:
    """Everything received so far, oldest first."""
    container = find(env, "outside")
    if container is None:
        return []
    pieces, _ = container.get_archive("/caught")
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        names = sorted(name for name in archive.getnames() if name.endswith(".json"))
        return [_caught(json.load(cast(io.BufferedReader, archive.extractfile(name)))) for name in names]


def wait_for(env: str, wanted: Callable[[Caught], bool], seconds: float = 30) -> Caught:
    """The first message that is wanted.

    Raises
    ------
    AssertionError:
        When none came within `seconds`; it lists what did come.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for one in caught(env):
            if wanted(one):
                return one
        time.sleep(0.5)
    came = [f"{one.sender} -> {', '.join(one.recipients)}: {one.message['subject']}" for one in caught(env)]
    raise AssertionError(f"the message did not come within {seconds:g} s; what came: {came or 'nothing'}")


def _caught(values: dict[str, Any]) -> Caught:
    return Caught(**{**values, "recipients": tuple(values["recipients"])})
