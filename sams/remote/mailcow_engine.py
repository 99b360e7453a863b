"""Asking the Docker engine of this host over its socket, without the command-line client."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import quote

from sams.remote.errors import Failed

SOCKET = "/var/run/docker.sock"
PATIENCE_SECONDS = 30
PROJECT = "mailcowdockerized"


class EngineConnection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def connect(self) -> None:
        """Open the socket instead of a TCP connection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE_SECONDS)
        self.sock.connect(SOCKET)


def get(path: str) -> Any | None:
    """The engine's answer to a GET; ``None`` when there is no such object."""
    connection = EngineConnection("localhost")
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
    except OSError as error:
        raise Failed(
            f"Docker engine: expected an answer on {SOCKET}, seen: {error}; next: systemctl status docker, then run again"
        ) from error
    finally:
        connection.close()
    if answer.status == http.client.NOT_FOUND:
        return None
    if answer.status != http.client.OK:
        raise Failed(f"Docker engine: expected 200 for {path}, seen {answer.status}: {content[:200]!r}")
    return json.loads(content)


def present() -> bool:
    """Whether an engine answers at all."""
    try:
        return get("/version") is not None
    except Failed:
        return False


def containers(project: str = PROJECT) -> dict[str, dict[str, Any]]:
    """The project's containers by service, running or not, with everything the engine knows of each."""
    wanted = quote(json.dumps({"label": [f"com.docker.compose.project={project}", "com.docker.compose.oneoff=False"]}))
    rows = get(f"/containers/json?all=1&filters={wanted}") or []
    found = (get(f"/containers/{row['Id']}/json") for row in rows)
    return {item["Config"]["Labels"]["com.docker.compose.service"]: item for item in found if item}


def volume_path(name: str, project: str = PROJECT) -> str | None:
    """Where a volume of the project lies on this host; ``None`` when it does not exist."""
    volume = get(f"/volumes/{project}_{name}")
    return str(volume["Mountpoint"]) if volume else None


def image_digest(reference: str) -> str | None:
    """Identity of a local image; ``None`` when it is not on this host."""
    image = get(f"/images/{quote(reference, safe='/:@')}/json")
    return str(image["Id"]) if image else None
