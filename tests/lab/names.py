"""Names that only a lab has: the mail exchanger of the world outside. All else is asked of the test network."""

from __future__ import annotations

from docker.models.containers import Container

from provision.report import Say
from tests.lab.server import Server, running

NAME = "dns.lab.test"
RECORDS = (
    "--mx-host=outside.test,mx.outside.test,10",
    "--txt-record=outside.test,v=spf1 mx -all",
)


def start(env: str, say: Say = print) -> Container:
    """The name server of an environment."""
    command = ("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--server=127.0.0.11", "--user=root", *RECORDS)
    return running(env, Server("names", command, (NAME,)), say)
