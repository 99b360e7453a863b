"""One container of the lab: made from a description, made again when the description differs from what runs."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from docker.models.containers import Container

from provision.docker import network
from provision.docker.engine import client
from provision.docker.images import base_image
from provision.docker.images.build import Recipe, ensure
from provision.docker.labels import ENV
from provision.report import ProvisionError, Say

LABEL = "sams.lab"
IDENTITY = "sams.lab.identity"
IMAGE = Path(__file__).resolve().parent / "image"


@dataclass(frozen=True)
class Server:
    """What a lab container is.

    `names` are its DNS names in the test network. `files` gives what is put in before it starts: absolute path -> content, a path that ends
    with a slash is a folder. `identity` stands for what they are made from, so that they need not be made to see whether they changed.
    `volume` is (volume, path). `port` is published on loopback, at a number that the engine chooses.
    """

    kind: str
    command: Sequence[str]
    names: Sequence[str]
    files: Callable[[], Mapping[str, bytes]] = dict
    identity: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    volume: tuple[str, str] | None = None
    port: int | None = None


@cache
def lab_image(say: Say = print) -> str:
    """The image of all lab containers."""
    base = base_image("bookworm", say)
    files = {path.name: path.read_bytes() for path in sorted(IMAGE.iterdir()) if path.is_file()}
    return ensure(Recipe("lab:bookworm", files, {"BASE": base}), lambda: base, say)


def running(env: str, server: Server, say: Say = print) -> Container:
    """The server's container, running as described; another one of the same kind is replaced."""
    image = lab_image(say)
    identity = _identity(server, image)
    container = find(env, server.kind)
    if container and (container.labels.get(IDENTITY) != identity or container.status == "created"):  # created: its maker was killed
        container.remove(force=True)
        container = None
    if container is None:
        say(f"lab: starting {server.kind} ({', '.join(server.names)})")
        container = _create(env, server, image, identity)
    container.start()
    container.reload()
    return container


def find(env: str, kind: str | None = None) -> Container | None:
    """A lab container of this environment."""
    found = all_of(env, kind)
    return found[0] if found else None


def all_of(env: str, kind: str | None = None) -> list[Container]:
    """The lab containers of this environment."""
    wanted = [f"{ENV}={env}", f"{LABEL}={kind}" if kind else LABEL]
    return list(client().containers.list(all=True, filters={"label": wanted}))


def loopback_port(container: Container, port: int) -> int:
    """Where a published port is reached on this machine."""
    return int(container.attrs["NetworkSettings"]["Ports"][f"{port}/tcp"][0]["HostPort"])


def _create(env: str, server: Server, image: str, identity: str) -> Container:
    """Complete before it can be found: the files are in it when it first starts."""
    inside = network.find(env)
    if inside is None:
        raise ProvisionError(f"environment {env} has no network. Next: python -m provision apply --env {env}")
    api = client().api
    volumes = [":".join(server.volume)] if server.volume else []
    ports: dict[int | str, tuple[str]] = {server.port: ("127.0.0.1",)} if server.port else {}
    endpoint = api.create_endpoint_config(aliases=list(server.names))
    made = api.create_container(
        image, list(server.command), name=f"sams-{env}-lab-{server.kind}", hostname=server.names[0], detach=True,
        environment=dict(server.environment), ports=list(ports), labels={ENV: env, LABEL: server.kind, IDENTITY: identity},
        host_config=api.create_host_config(binds=volumes, port_bindings=ports, restart_policy={"Name": "unless-stopped"}),
        networking_config={"EndpointsConfig": {inside.name: endpoint}},
    )  # fmt: skip
    container = client().containers.get(made["Id"])
    container.put_archive("/", _archive(server.files()))
    return container


def _identity(server: Server, image: str) -> str:
    digest = hashlib.sha256()
    plain = [image, *server.command, server.names, server.identity, dict(server.environment), server.volume, server.port]
    digest.update(json.dumps(plain, default=list).encode())
    for path, content in () if server.identity else sorted(server.files().items()):
        digest.update(path.encode() + b"\0" + content)
    return digest.hexdigest()[:16]


def _archive(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content), 0o644
            if path.endswith("/"):
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()
