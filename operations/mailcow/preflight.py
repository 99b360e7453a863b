"""Refusing a host that cannot carry Mailcow, before anything is changed on it."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.mailcow import Preflight
from operations.remote import fail_host

NOT_YET = "remote.pyz: expected on the host, seen none; next: run deploys/site.py, which puts it there first"


@operation()
def ready_to_carry(
    *,
    ports: Sequence[int],
    memory: int,
    disk: int,
    disk_reserve: int,
    smtp: str | None,
    dns: str | None,
    clock: int | None,
    problems: Sequence[dict[str, str]] = (),
) -> Generator[PyinfraCommand, None, None]:
    """See that the host can carry Mailcow; everything that is wrong is told at once. Changes nothing.

    + ports: TCP ports that must be free, or Mailcow's own
    + memory: least memory in bytes
    + disk: least free disk space in bytes before the first start
    + disk_reserve: least free disk space in bytes afterwards
    + smtp: ``host:port`` of a mail server that must be reachable; none: not checked
    + dns: ``address:port`` of a name server that must answer; none: not checked
    + clock: seconds that the host's clock may be off; none: not checked
    + problems: findings on the operator's machine
    """
    job = {"ports": list(ports), "memory": memory, "disk": disk, "disk_reserve": disk_reserve, "smtp": smtp, "dns": dns, "clock": clock}
    found = host.get_fact(Preflight, **job, now=time.time())
    findings = [*problems, *(found["findings"] if found else ())]
    if findings:
        yield fail_host(explain(host.name, findings))
    elif found is None:
        yield fail_host(NOT_YET)
    else:
        host.noop("memory, disk, ports, outgoing connections, clock and Docker are as they must be")


def explain(name: str, findings: Sequence[dict[str, str]]) -> str:
    """All findings as one error."""
    lines = [f"{name} cannot carry Mailcow yet; nothing of Mailcow was changed:"]
    for finding in findings:
        lines.append(f"  {finding['object']}: expected {finding['expected']}, seen {finding['seen']}")
        lines.append(f"    next: {finding['next']}")
    return "\n".join(lines)
