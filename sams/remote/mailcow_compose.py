"""What Compose would run for Mailcow, and in what it differs from what runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sams.remote import mailcow_engine as engine
from sams.remote.mailcow_programs import STATE
from sams.remote.mailcow_programs import run as run_program

COMPOSE = ("docker", "compose", "--ansi", "never")
HASH = "com.docker.compose.config-hash"
#: Which container hash a configuration hash led to at the last ``up``: some Compose versions compute the two differently.
HASHES = STATE / "hashes.json"


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
    """The services that the files on this host describe."""
    hashes = dict(line.split() for line in compose(directory, "config", "--hash", "*").splitlines() if line.strip())
    described = json.loads(compose(directory, "config", "--format", "json"))["services"]
    return {name: Wanted(service["image"], hashes[name], published(service)) for name, service in described.items()}


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
    """Container hash by configuration hash, as the last ``up`` left them."""
    try:
        found: dict[str, str] = json.loads(HASHES.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found
