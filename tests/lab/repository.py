"""The git server with the Mailcow stand-in's repository, a tag for each release."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from docker.models.containers import Container

from provision.report import Say
from tests.lab.authority import issued
from tests.lab.server import Server, running
from tests.simulators.mailcow import releases

NAME = "git.lab.test"
URL = f"https://{NAME}/mailcow/mailcow-dockerized"


def start(env: str, say: Say = print) -> Container:
    """The git server of an environment."""
    certificate, key = issued([NAME])
    tls = {"/lab/certificate.pem": certificate.read_bytes(), "/lab/key.pem": key.read_bytes()}
    sources = hashlib.sha256(repr([sorted(_sources().items()), tls]).encode()).hexdigest()
    command = ("lighttpd", "-D", "-f", "/lab/lighttpd.conf")
    return running(env, Server("git", command, (NAME,), lambda: tls | _repository(), identity=sources), say)


def _repository() -> dict[str, bytes]:
    """The bare repository as files of the server."""
    with tempfile.TemporaryDirectory(prefix="sams-lab-") as folder:
        bare = releases.make_repository(Path(folder))
        return dict(_entry(bare, path) for path in bare.rglob("*"))


def _entry(bare: Path, path: Path) -> tuple[str, bytes]:
    name = f"/srv/git/{bare.name}/{path.relative_to(bare)}"
    return (f"{name}/", b"") if path.is_dir() else (name, path.read_bytes())


def _sources() -> dict[str, str]:
    """Everything that the repository is made from."""
    files = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in releases.SOURCE.rglob("*") if path.is_file()}
    return files | {"releases": repr((releases.RELEASES, releases.DATES))}
