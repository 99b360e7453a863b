"""What Compose would run for Mailcow, and in what it differs from what runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sams.remote import atomic
from sams.remote import mailcow_engine as engine
from sams.remote.mailcow_programs import STATE
from sams.remote.mailcow_programs import run as run_program
from sams.remote.systemd import digest_of

COMPOSE = ("docker", "compose", "--ansi", "never")
HASH = "com.docker.compose.config-hash"
#: What Compose described at the last ``up``, from which files, and which container hash each configuration hash led to.
DESCRIBED = STATE / "described.json"
INPUTS = ("docker-compose.yml", "docker-compose.override.yml", "mailcow.conf")


@dataclass(frozen=True)
class Wanted:
    """A service as the files on this host describe it."""

    image: str
    hash: str
    ports: frozenset[int]


def compose(directory: str, *arguments: str, patience: int = 120) -> str:
    """Run Compose in the installation; it reads its variables from .env, so no secret is in the environment."""
    return run_program([*COMPOSE, *arguments], directory=directory, patience=patience)


def services(directory: str) -> dict[str, Wanted]:
    """The services that the files on this host describe: asked of Compose when the files are not those of the last ``up``."""
    note = noted()
    if note.get("inputs") == inputs(directory):
        return {name: Wanted(row["image"], row["hash"], frozenset(row["ports"])) for name, row in note["services"].items()}
    return described(directory)


def described(directory: str) -> dict[str, Wanted]:
    """The services as Compose describes them now."""
    hashes = dict(line.split() for line in compose(directory, "config", "--hash", "*").splitlines() if line.strip())
    rows = json.loads(compose(directory, "config", "--format", "json"))["services"]
    return {name: Wanted(row["image"], hashes[name], published(row)) for name, row in rows.items()}


def inputs(directory: str) -> str:
    """One digest of all that Compose reads."""
    return digest_of([f"{directory}/{name}" for name in INPUTS])


def note_down(directory: str, running: dict[str, dict[str, Any]]) -> None:
    """Remember what Compose describes, and the container hash that each service has after an ``up``."""
    rows = {name: {"image": one.image, "hash": one.hash, "ports": sorted(one.ports)} for name, one in described(directory).items()}
    for name, row in rows.items():
        row["running"] = running[name]["Config"]["Labels"].get(HASH, "") if name in running else ""
    STATE.mkdir(parents=True, exist_ok=True)
    atomic.write(str(DESCRIBED), json.dumps({"inputs": inputs(directory), "services": rows}).encode(), mode=0o600)


def published(service: dict[str, Any]) -> frozenset[int]:
    """Host ports of a service in ``docker compose config``."""
    return frozenset(int(port["published"]) for port in service.get("ports", []) if port.get("published"))


def network_differs(directory: str, configuration: dict[str, str]) -> str:
    """Why the network must be made anew (only ``down`` and ``up`` do that); empty when it need not."""
    network = engine.get(f"/networks/{engine.PROJECT}_mailcow-network")
    if network is None or not Path(directory).exists():
        return ""
    wanted = configuration.get("ENABLE_IPV6", "true") == "true"
    if bool(network["EnableIPv6"]) != wanted:
        return f"IPv6 is {'on' if network['EnableIPv6'] else 'off'}, wanted {'on' if wanted else 'off'}"
    prefix = configuration.get("IPV4_NETWORK", "172.22.1") + ".0/24"
    subnets = [part.get("Subnet", "") for part in network["IPAM"]["Config"] or []]
    return "" if prefix in subnets else f"its addresses are {', '.join(subnets)}, wanted {prefix}"


def difference(wanted: Wanted, container: dict[str, Any] | None, local_image: str | None, known: dict[str, str]) -> str:
    """Why ``up`` is needed for one service; empty when it is not.

    Parameters
    ----------
    wanted:
        The service as described.
    container:
        What the engine knows of its container; ``None`` when there is none.
    local_image:
        Identity of the described image on this host; ``None`` when it is not here.
    known:
        Container hash by configuration hash, from the last ``up``.
    """
    if container is None:
        return "no container"
    if not container["State"]["Running"]:
        return f"container is {container['State']['Status']}"
    if local_image is None:
        return f"image {wanted.image} is not on this host"
    if container["Image"] != local_image:
        return f"container runs an older {wanted.image}"
    if container["Config"]["Labels"].get(HASH) not in (wanted.hash, known.get(wanted.hash)):
        return "configuration differs"
    if missing := wanted.ports - open_ports(container):
        return f"port {', '.join(map(str, sorted(missing)))} is not published"
    return ""


def open_ports(container: dict[str, Any]) -> set[int]:
    """Host ports that a running container holds."""
    bindings = container["NetworkSettings"]["Ports"] or {}
    return {int(binding["HostPort"]) for bound in bindings.values() for binding in bound or []}


def known_hashes() -> dict[str, str]:
    """Container hash by configuration hash, as the last ``up`` left them: some Compose versions compute the two differently."""
    return {row["hash"]: row["running"] for row in noted().get("services", {}).values()}


def noted() -> dict[str, Any]:
    """What was remembered; empty when nothing was."""
    try:
        found: dict[str, Any] = json.loads(DESCRIBED.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found
