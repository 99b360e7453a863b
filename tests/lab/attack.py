"""Somebody else on the test hosts' network: a container that guesses passwords, or a bystander that only knocks.

Guesses go to our own test hosts alone, a few at a time; clients wait long enough for a server that delays an address that failed before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.models.containers import Container

from provision.docker.engine import client
from provision.docker.images import base_image
from provision.docker.images.build import Recipe, ensure
from provision.docker.labels import ENV
from tests.harness.hosts import executed

HERE = Path(__file__).parent
KNOCK = (HERE / "knock.py").read_text()

#: The clients of an attacker, and fail2ban-regex with the journal, as the distribution ships them.
DOCKERFILE = b"""ARG BASE
FROM ${BASE}
RUN apt-get update -qq \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \\
      fail2ban python3-systemd systemd-journal-remote openssh-client python3 >/dev/null \\
 && rm -rf /var/lib/apt/lists/*
CMD ["sleep", "infinity"]
"""


@dataclass(frozen=True)
class Knock:
    """What a client saw: ``accepted``, ``refused`` (an answer, but no entry), ``blocked`` (no answer), ``dropped: why``; in seconds."""

    outcome: str
    seconds: float


@dataclass(frozen=True)
class Stranger:
    """A container on the test hosts' network with addresses of its own."""

    container: Container

    def addresses(self) -> tuple[str, ...]:
        """Its addresses, IPv4 first."""
        self.container.reload()
        networks = self.container.attrs["NetworkSettings"]["Networks"].values()
        found = [network[key] for key in ("IPAddress", "GlobalIPv6Address") for network in networks]
        return tuple(address for address in found if address)

    def guess(self, service: str, address: str, port: int) -> Knock:
        """Try one wrong password."""
        return self._run({"service": service, "address": address, "port": port})

    def knock(self, address: str, port: int) -> Knock:
        """Open a connection and close it."""
        return self._run({"service": "tcp", "address": address, "port": port})

    def _run(self, job: dict[str, object]) -> Knock:
        done = executed(str(self.container.id), "python3", "-c", KNOCK, json.dumps(job))
        if done.returncode != 0:
            raise AssertionError(f"knocking with {job} ended with {done.returncode}: {done.stderr.decode()}")
        return Knock(**json.loads(done.stdout))


def image(suite: str = "trixie") -> str:
    """The tag of the stranger's image, built if there is none."""
    base = base_image(suite)
    return ensure(Recipe(f"stranger:{suite}", {"Dockerfile": DOCKERFILE}, {"BASE": base}), lambda: base, print)


@contextmanager
def stranger(env: str, network: str | None, suite: str = "trixie") -> Iterator[Stranger]:
    """A stranger on a network (none: without one) for as long as the block runs."""
    container = client().containers.run(image(suite), detach=True, network=network, labels={ENV: env}, init=True)
    try:
        yield Stranger(container)
    finally:
        container.remove(force=True)
