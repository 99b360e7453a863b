"""Mailcow's containers: running as described, and answering."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.mailcow import Answers, Stack
from operations.remote import fail_host, remote_command


@operation()
def running(
    *, directory: str, read: Mapping[str, Sequence[str]], copied: Mapping[str, tuple[str, str]]
) -> Generator[PyinfraCommand, None, None]:
    """Have Mailcow's containers run as its files on the host describe; images are pulled before anything stops.

    While the administrator may still have the default password, a gate keeps everybody outside away from the ports.

    + directory: where Mailcow is installed
    + read: by service, the files that it reads as it starts
    + copied: by service, a file and the one at whose end it puts a copy as it starts
    """
    job = {
        "directory": directory,
        "read": {service: list(paths) for service, paths in read.items()},
        "copied": {service: list(pair) for service, pair in copied.items()},
    }
    found = host.get_fact(Stack, **job)
    if found and found["lost_keys"]:
        yield fail_host(found["lost_keys"])
        return
    for service in found["restless"] if found else ():
        host.log(f"{service} was restarted by Docker again and again; see on the host: docker compose logs {service}")
    reasons = needed(found) if found else ["it is not installed"]
    if not reasons:
        host.noop("all containers run as described")
        return
    host.log(f"brings Mailcow up: {'; '.join(reasons)}")
    yield remote_command("mailcow_up", job)


def needed(found: Mapping[str, Any]) -> list[str]:
    """Why something has to be done, each reason once, with its services."""
    services: dict[str, list[str]] = {}
    for service, why in [*found["differences"].items(), *((service, "its files changed") for service in found["stale"])]:
        services.setdefault(why, []).append(service)
    reasons = [f"{why} ({', '.join(names)})" for why, names in services.items()]
    return reasons + ([f"network: {found['network']}"] if found["network"] else [])


@operation()
def answering(*, directory: str, certificate: str | None, patience: int) -> Generator[PyinfraCommand, None, None]:
    """Have Mailcow answer on every port and by its API, with the wanted certificate.

    + directory: where Mailcow is installed
    + certificate: SHA-256 of the certificate that must be served; none: whichever
    + patience: seconds after which it is an error
    """
    job = {"directory": directory, "certificate": certificate}
    found = host.get_fact(Answers, **job)
    if found and not found["findings"] and not found["stale"]:
        host.noop("every port answers")
        return
    waiting = [finding["what"] for finding in found["findings"]] if found else []
    host.log(f"waits up to {patience} s for {', '.join(waiting) or 'every port'}")
    yield remote_command("mailcow_wait", {**job, "patience": patience})
