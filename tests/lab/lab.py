"""The whole lab of an environment: started, looked at, taken away. Every step can be killed and repeated."""

from __future__ import annotations

import io
import tarfile
from typing import cast

from docker.models.containers import Container

from provision.docker.engine import client
from provision.docker.labels import ENV, HOST
from provision.report import ProvisionError, Say
from sams.adapters.settings import settings
from tests.lab import names, outside, registry, repository
from tests.lab.authority import certificate_file, issued
from tests.lab.server import all_of
from tests.simulators.mailcow.build import build_images

TRUSTED = "/usr/local/share/ca-certificates/lab.crt"


def up(env: str, *, upstream: bool = False, say: Say = print) -> None:
    """Start what is missing, fill it, and make the environment's hosts trust it.

    Parameters
    ----------
    env:
        The environment; its network must exist.
    upstream:
        Mailcow comes from its own registry and repository: only the servers outside are started.
    """
    names.start(env, say)
    outside.start(env, say)
    if not upstream:
        repository.start(env, say)
        registry.publish(registry.start(env, say), build_images(say), say)
    trust(env, say)
    certify(env)


def certify(env: str) -> None:
    """Have a certificate for every mail host, as an operator would bring their own; the settings name its files."""
    for host in settings(env).machines.hosts.values():
        if "mailservers" in host.groups:
            issued([host.fqdn])


def trust(env: str, say: Say = print) -> None:
    """Make every host of the environment trust the lab's authority; an engine that runs there is restarted to see it."""
    wanted = certificate_file().read_bytes()
    for host in client().containers.list(filters={"label": [f"{ENV}={env}", HOST]}):
        if _trusted(host) != wanted:
            say(f"lab: {host.name} trusts the lab's authority from now on")
            _put(host, wanted)
            _run(host, "update-ca-certificates")
            if host.exec_run(["systemctl", "is-active", "--quiet", "docker.service"])[0] == 0:
                _run(host, "systemctl", "restart", "docker.service")


def down(env: str, say: Say = print) -> None:
    """Remove the lab's containers; published images stay in their volume."""
    for container in all_of(env):
        say(f"lab: removing {container.name}")
        container.remove(force=True)


def status(env: str) -> list[tuple[str, str, str]]:
    """Kind, state and names of each lab container."""
    return sorted((one.labels["sams.lab"], one.status, _names(one)) for one in all_of(env))


def _names(container: Container) -> str:
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    aliases = [alias for network in networks for alias in network["Aliases"] or ()]
    return ", ".join(alias for alias in aliases if "." in alias)


def _trusted(host: Container) -> bytes:
    code, text = host.exec_run(["cat", TRUSTED])
    return cast(bytes, text) if code == 0 else b""


def _put(host: Container, content: bytes) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo(TRUSTED.lstrip("/"))
        entry.size, entry.mode = len(content), 0o644
        archive.addfile(entry, io.BytesIO(content))
    host.put_archive("/", stream.getvalue())


def _run(host: Container, *command: str) -> None:
    code, text = host.exec_run(list(command))
    if code != 0:
        raise ProvisionError(f"{' '.join(command)} failed on {host.name}: {cast(bytes, text).decode(errors='replace').strip()}")
