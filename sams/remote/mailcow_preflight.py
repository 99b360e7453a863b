"""Whether this host can carry Mailcow: everything that is wrong, found before anything is changed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sams.remote import mailcow_engine as engine
from sams.remote import mailcow_listeners, mailcow_reach, mailcow_resources
from sams.remote.errors import Failed
from sams.remote.mailcow_programs import run as run_program

Finding = dict[str, str]

GIB = 1 << 30
DOCKER_ROOT = "/var/lib/docker"
LEAST_ENGINE = 24
LOW_MEMORY = "mailcow.antivirus: false, mailcow.office_scan: false, mailcow.search: false (and, if need be, mailcow.webmail: false)"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "ports", "memory", "disk", "disk_reserve", "smtp", "dns", "clock", "now"}`` -> ``{"findings": [...]}``.

    ``memory``, ``disk`` and ``disk_reserve`` are bytes, ``smtp`` and ``dns`` are ``host:port``, ``clock`` is seconds; a
    missing or null one is not checked. ``now`` is the time of the operator's machine, in seconds since 1970.
    """
    checks: list[Callable[[dict[str, Any]], Iterator[Finding]]] = [memory, disk, ports, smtp, dns, docker]
    with ThreadPoolExecutor(len(checks)) as pool:
        found = [*clock(job), *(finding for part in pool.map(lambda check: list(check(job)), checks) for finding in part)]
    return {"findings": found}


def finding(what: str, expected: str, seen: str, remedy: str) -> Finding:
    """One thing that is wrong."""
    return {"object": what, "expected": expected, "seen": seen, "next": remedy}


def memory(job: dict[str, Any]) -> Iterator[Finding]:
    """Memory that this host may use: what the machine has, or the limit of its control group."""
    least, seen = job.get("memory"), mailcow_resources.memory()
    if least and seen < least:
        remedy = f"use a larger machine; or set {LOW_MEMORY} and then mailcow.minimum_memory lower"
        yield finding("memory", f"at least {gib(least)}", gib(seen), remedy)


def disk(job: dict[str, Any]) -> Iterator[Finding]:
    """Room for images and mail: much of it before the first start, a reserve afterwards."""
    place = Path((engine.get("/info") or {}).get("DockerRootDir", DOCKER_ROOT) if engine.present() else DOCKER_ROOT)
    key = "disk_reserve" if started() else "disk"
    least, free = job.get(key), mailcow_resources.free_space(place)
    if least and free < least:
        name = "mailcow.disk_reserve" if started() else "mailcow.minimum_disk"
        yield finding(
            f"free disk at {place}",
            f"at least {gib(least)} ({name})",
            gib(free),
            f"free some with 'docker image prune', grow the volume, or set {name} lower",
        )


def started() -> bool:
    """Whether Mailcow has run on this host."""
    return engine.present() and engine.volume_path("mysql-vol-1") is not None


def ports(job: dict[str, Any]) -> Iterator[Finding]:
    """Listeners of others on ports that Mailcow needs."""
    for port, owner in mailcow_listeners.foreign(job.get("ports", []), engine.PROJECT):
        remedy = f"see it with 'ss -ltnp sport = :{port}', then stop and disable it, or give Mailcow another port"
        yield finding(f"TCP port {port}", "free, or Mailcow's own", f"taken by {owner}", remedy)


def smtp(job: dict[str, Any]) -> Iterator[Finding]:
    """Whether mail can leave: a connection to another mail server's port 25."""
    target = job.get("smtp")
    if target and (why := mailcow_reach.connection(target)):
        remedy = "ask the provider to open outgoing port 25, or relay through a smarthost and set mailcow.checks.smtp: null"
        yield finding("outgoing SMTP", f"a connection to {target}", why, remedy)


def dns(job: dict[str, Any]) -> Iterator[Finding]:
    """Whether Mailcow's own resolver could ask the world: a query over UDP and a connection over TCP."""
    target = job.get("dns")
    if target and (why := mailcow_reach.dns(target)):
        remedy = "open outgoing port 53 (UDP and TCP) to any address, or set mailcow.checks.dns: null when a forwarder is configured"
        yield finding("outgoing DNS", f"an answer from {target}", why, remedy)


def clock(job: dict[str, Any]) -> Iterator[Finding]:
    """How far this host's clock is from the operator's."""
    most, now = job.get("clock"), job.get("now")
    if most and now and abs(offset := time.time() - float(now)) > most:
        remedy = "run 'timedatectl' on both machines and set the wrong one right; TLS and logins depend on it"
        yield finding("clock", f"within {most} s of the operator's machine", f"{offset:+.0f} s", remedy)


def docker(job: dict[str, Any]) -> Iterator[Finding]:
    """Docker engine and Compose in versions that Mailcow supports."""
    remedy = "set docker.packages: vendor (Docker's own repository), deploy again"
    version = str((engine.get("/version") or {}).get("Version", "")) if engine.present() else ""
    if not version:
        yield finding("Docker engine", f"version {LEAST_ENGINE} or newer, running", "no answer", "systemctl status docker; then run again")
    elif major(version) < LEAST_ENGINE:
        yield finding("Docker engine", f"version {LEAST_ENGINE} or newer", version, remedy)
    if version and not started() and major(compose := compose_version()) < 2:
        yield finding("Docker Compose plugin", "version 2 or newer", compose or "none", remedy)


def compose_version() -> str:
    """Version of the Compose plugin; empty when there is none."""
    try:
        return run_program(["docker", "compose", "version", "--short"], patience=20).strip()
    except Failed:
        return ""


def major(version: str) -> int:
    """First number of a version text; 0 when there is none."""
    found = re.match(r"v?(\d+)", version)
    return int(found[1]) if found else 0


def gib(size: int) -> str:
    """A size in bytes as an operator writes it."""
    return f"{size / GIB:.1f} GiB"
