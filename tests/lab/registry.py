"""A registry that answers under the names of the public ones, so that image references stay as they are upstream."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping

import httpx
from docker.models.containers import Container

from provision.docker.engine import client
from provision.docker.labels import SHARED
from provision.report import ProvisionError, Say, timed
from tests.lab.authority import certificate_file, issued
from tests.lab.server import Server, loopback_port, running

NAMES = ("ghcr.io", "registry-1.docker.io", "index.docker.io", "registry.lab.test")
#: Layers are the same for all environments, and stay between runs.
VOLUME = "sams-lab-registry"
PORT = 443
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
READY_WITHIN = 20.0


def start(env: str, say: Say = print) -> Container:
    """The registry of an environment, answering."""
    if not client().volumes.list(filters={"name": f"^{VOLUME}$"}):
        client().volumes.create(VOLUME, labels=SHARED)
    certificate, key = issued([*NAMES, "127.0.0.1"])
    settings = {
        "REGISTRY_HTTP_ADDR": f":{PORT}", "REGISTRY_HTTP_TLS_CERTIFICATE": "/lab/certificate.pem", "REGISTRY_LOG_LEVEL": "warn",
        "REGISTRY_HTTP_TLS_KEY": "/lab/key.pem", "REGISTRY_AUTH": "", "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/var/lib/registry",
        "REGISTRY_STORAGE_DELETE_ENABLED": "true", "OTEL_TRACES_EXPORTER": "none",
    }  # fmt: skip
    files = {"/lab/certificate.pem": certificate.read_bytes(), "/lab/key.pem": key.read_bytes()}
    command = ("docker-registry", "serve", "/etc/docker/registry/config.yml")
    server = Server("registry", command, NAMES, lambda: files, environment=settings, volume=(VOLUME, "/var/lib/registry"), port=PORT)
    container = running(env, server, say)
    _wait(container)
    return container


def publish(container: Container, images: Mapping[str, str], say: Say = print) -> None:
    """Push what the registry does not hold yet.

    Parameters
    ----------
    container:
        The registry.
    images:
        Public image reference -> tag of the local image.
    """
    address = f"127.0.0.1:{loopback_port(container, PORT)}"
    with httpx.Client(base_url=f"https://{address}/v2/", verify=trust()) as web:
        missing = {one: tag for one, tag in images.items() if _held(web, one) != client().images.get(tag).id}
    if missing:
        with timed(say, f"lab: {len(missing)} images published"):
            for reference, tag in missing.items():
                _push(tag, f"{address}/{_path(reference)}")


def _path(reference: str) -> str:
    """The part of a reference that a registry sees: Docker's own images live below `library`."""
    path = reference.removeprefix("ghcr.io/")
    return path if "/" in path else f"library/{path}"


def _held(web: httpx.Client, reference: str) -> str | None:
    """The identity of the image that the registry holds under a reference."""
    name, version = _path(reference).split(":")
    answer = web.get(f"{name}/manifests/{version}", headers={"Accept": MANIFEST})
    return str(answer.json()["config"]["digest"]) if answer.status_code == 200 else None


def _push(tag: str, target: str) -> None:
    client().images.get(tag).tag(target)
    try:
        for line in client().api.push(target, stream=True, decode=True):
            if "error" in line:
                raise ProvisionError(f"the lab registry did not take {target}: {line['error']}")
    finally:
        client().images.remove(target)


def _wait(container: Container) -> None:
    url = f"https://127.0.0.1:{loopback_port(container, PORT)}/v2/"
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            if httpx.get(url, verify=trust()).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise ProvisionError(f"the lab registry does not answer at {url}. Look: docker logs {container.name}")
        time.sleep(0.2)


def trust() -> ssl.SSLContext:
    """TLS that believes the lab's authority alone."""
    return ssl.create_default_context(cafile=certificate_file())
