"""Wait until Mailcow answers on every port, with the wanted certificate; a service that serves an old one is restarted."""

from __future__ import annotations

import time
from typing import Any

from sams.remote import mailcow_answers as answers
from sams.remote import mailcow_compose as compose
from sams.remote.errors import Failed
from sams.remote.exclusive import exclusive
from sams.remote.mailcow_up import words

PAUSE_SECONDS = 2
RESTART_PATIENCE_SECONDS = 300
#: The web server keeps the address of a recreated PHP container's predecessor: after this long with 502 it is restarted, once.
PROXY_PATIENCE_SECONDS = 60


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "certificate", "patience": seconds}`` -> how long it took; fails naming every port that does not answer."""
    started = time.monotonic()
    deadline, restarted = started + job["patience"], set[str]()
    found = answers.run(job)
    while found["findings"] or found["stale"]:
        if time.monotonic() > deadline:
            raise Failed(explain(found, job["patience"]))
        restart(job["directory"], set(found["stale"]) - restarted, restarted)
        if bad_gateway(found) and time.monotonic() > started + PROXY_PATIENCE_SECONDS:
            restart(job["directory"], {answers.WEB} - restarted, restarted)
        time.sleep(PAUSE_SECONDS)
        found = answers.run(job)
    return {"seconds": round(time.monotonic() - started, 1), "restarted": sorted(restarted)}


def bad_gateway(found: dict[str, Any]) -> bool:
    """Whether the web server answers, but finds nobody behind it."""
    return any("502" in finding["why"] for finding in found["findings"])


def restart(directory: str, services: set[str], restarted: set[str]) -> None:
    """Restart services, each at most once a run."""
    if services:
        with exclusive():
            compose.compose(directory, "restart", *sorted(services), patience=RESTART_PATIENCE_SECONDS)
        restarted |= services


def explain(found: dict[str, Any], patience: int) -> str:
    """Every port that does not answer, and the last words of the services behind them."""
    lines = [f"Mailcow: expected every port and the API to answer within {patience} s, seen:"]
    lines += [f"  {finding['what']} ({finding['service']}): {finding['why']}" for finding in found["findings"]]
    lines += [f"  {service}: serves another certificate than the file, also after a restart" for service in found["stale"]]
    services = sorted({finding["service"] for finding in found["findings"]} | set(found["stale"]))
    lines += [f"{service} said last:\n{words(service)}" for service in services]
    lines.append(f"next: on the host, 'docker compose ps' and 'docker compose logs {services[0]}' in Mailcow's directory; then run again")
    return "\n".join(lines)
