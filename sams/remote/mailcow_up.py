"""Bring Mailcow's containers to what its files on this host describe: images first, outage as short as possible."""

from __future__ import annotations

import time
from typing import Any

from sams.remote import mailcow_admin, systemd
from sams.remote import mailcow_compose as compose
from sams.remote import mailcow_engine as engine
from sams.remote import mailcow_stack as stack
from sams.remote.errors import Failed
from sams.remote.exclusive import exclusive
from sams.remote.mailcow_programs import last_lines
from sams.remote.mailcow_programs import run as run_program

PULL_PATIENCE_SECONDS = 1800
UP_PATIENCE_SECONDS = 900
PULL_ATTEMPTS = 4
GATE = "sams-mailcow-gate.service"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "read", "copied"}`` -> what was done; differences are looked for again on the host."""
    directory: str = job["directory"]
    did: list[str] = []
    with exclusive():
        found = stack.run(job)
        if found["lost_keys"] or not found["installed"]:
            raise Failed(found["lost_keys"] or f"Mailcow: {found['differences']['mailcow']}; nothing was started")
        close_gate(did)
        if found["missing"]:
            pull(directory, found["missing"])
            did.append(f"pulled images of {', '.join(found['missing'])}")
        if found["network"]:
            compose.compose(directory, "down", patience=UP_PATIENCE_SECONDS)
            did.append(f"took the network down: {found['network']}")
        before = {name: item["State"]["StartedAt"] for name, item in engine.containers().items()}
        if found["differences"] or found["network"]:
            up(directory, found["differences"])
            did.append("up")
        did += restart(directory, stack.stale(job, engine.containers()), before)
        compose.note_down(directory, engine.containers())
    return {"did": did}


def close_gate(did: list[str]) -> None:
    """Let nobody in from outside while the administrator may still have the default password: the gate outlives a reboot."""
    if mailcow_admin.was_secured() and engine.volume_path("mysql-vol-1"):
        return
    if engine.containers().get("nginx-mailcow", {}).get("State", {}).get("Running") and not gate_is_closed():
        return  # it is open to the world already; closing it now would only be an outage
    systemd.systemctl("daemon-reload")
    systemd.systemctl("enable", "--now", GATE)
    did.append("closed the gate")


def gate_is_closed() -> bool:
    """Whether the gate holds now."""
    return systemd.properties(GATE).get("ActiveState") == "active"


def pull(directory: str, services: list[str]) -> None:
    """Get missing images before anything stops; registries have bad moments, so try again a few times."""
    for attempt in range(1, PULL_ATTEMPTS + 1):
        try:
            compose.compose(directory, "pull", "--quiet", *services, patience=PULL_PATIENCE_SECONDS)
        except Failed as failure:
            if attempt == PULL_ATTEMPTS:
                raise Failed(
                    f"images of {', '.join(services)}: expected them from the registry, seen:\n{failure}\n"
                    "next: check this host's way to the registry with 'docker pull', then run again; what ran before still runs"
                ) from failure
            time.sleep(3 * attempt)
        else:
            return


def up(directory: str, differences: dict[str, str]) -> None:
    """Start what is missing, recreate what differs; a container whose ports were lost is recreated by force."""
    lost = [name for name, why in differences.items() if why.endswith("is not published")]
    if lost:
        compose.compose(directory, "up", "--detach", "--no-build", "--force-recreate", "--no-deps", *lost, patience=UP_PATIENCE_SECONDS)
    try:
        compose.compose(directory, "up", "--detach", "--no-build", "--remove-orphans", patience=UP_PATIENCE_SECONDS)
    except Failed as failure:
        raise Failed(f"{failure}\n{words_of_the_sick()}") from failure


def words_of_the_sick() -> str:
    """Last log lines of containers that do not run or are unhealthy."""
    sick = [
        name
        for name, item in sorted(engine.containers().items())
        if not item["State"]["Running"] or item["State"].get("Health", {}).get("Status") == "unhealthy"
    ]
    return "\n".join(f"  {name} said last:\n{words(name)}" for name in sick) + "\nnext: docker compose ps; docker compose logs SERVICE"


def words(service: str, count: int = 8) -> str:
    """Last log lines of a service's container."""
    container = engine.containers().get(service)
    if container is None:
        return "    (no container)"
    try:
        return last_lines(
            run_program(["sh", "-c", 'docker logs --tail "$1" "$2" 2>&1', "sh", str(count), container["Id"]], patience=20), count
        )
    except Failed as failure:
        return f"    ({failure})"


def restart(directory: str, stale: list[str], before: dict[str, str]) -> list[str]:
    """Restart services whose files changed, unless ``up`` has just started them with the new ones."""
    now = {name: item["State"]["StartedAt"] for name, item in engine.containers().items()}
    waiting = [service for service in stale if service in before and before[service] == now.get(service)]
    if waiting:
        compose.compose(directory, "restart", *waiting, patience=UP_PATIENCE_SECONDS)
    return [f"restarted {service}" for service in waiting]
