"""Builds the images of the Mailcow stand-in: `python -m tests.simulators.mailcow.build`.

Two images carry the files of all services; each image reference of the releases is one of them with its role as entry point,
which adds no layer. The tags carry a digest of everything that goes in, so a second build finds all there.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
from docker.errors import ImageNotFound

from tests.simulators.mailcow.base import LABEL, base_image
from tests.simulators.mailcow.progress import step
from tests.simulators.mailcow.releases import HERE, RELEASES, image_references

CONTENT = ("Dockerfile", "services", "api/standin_api")
#: Name of an image without registry and version -> role. What is not named here is a placeholder that stands still.
ROLES = {
    **{name: name for name in ("acme", "dovecot", "memcached", "netfilter", "nginx", "postfix", "unbound")},
    "mariadb": "mysql",
    "phpfpm": "php-fpm",
}
#: The first Postfix that upstream took from the newer Debian.
NEWER_POSTFIX = "3.10"
HEALTH = {"unbound": "HEALTHCHECK --interval=3s --timeout=5s CMD /stand-in/healthy"}


def build_images() -> dict[str, str]:
    """Build what is missing. Image reference as in the releases -> name of the local image."""
    client = docker.from_env()
    digest = content_digest()
    references = sorted({reference for release in RELEASES for reference in image_references(release)})
    wanted = {reference: _local_name(reference, digest) for reference in references}
    for reference, name in wanted.items():
        if not _exists(client, name):
            _build_role(client, reference, name, _files_image(client, _target(reference), digest))
    return wanted


def content_digest() -> str:
    """A digest of all files that go into the images, of the bases they stand on, and of the roles."""
    digest = hashlib.sha256(json.dumps([ROLES, HEALTH, base_image("bookworm"), base_image("trixie")]).encode())
    for path in _content_files():
        digest.update(f"{path.relative_to(HERE)} {path.stat().st_mode & 0o111} ".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _content_files() -> Iterator[Path]:
    for entry in CONTENT:
        path = HERE / entry
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)


def _role(reference: str) -> str:
    return ROLES.get(reference.rsplit("/", 1)[-1].split(":")[0], "idle")


def _target(reference: str) -> str:
    version = reference.split(":")[1]
    return "postfix" if _role(reference) == "postfix" and version.startswith(NEWER_POSTFIX) else "services"


def _local_name(reference: str, digest: str) -> str:
    name, version = reference.rsplit("/", 1)[-1].split(":")
    return f"sams-mailcow/{name}:{version}-{digest}"


def _exists(client: docker.DockerClient, name: str) -> bool:
    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    return True


def _files_image(client: docker.DockerClient, target: str, digest: str) -> str:
    name = f"sams-mailcow/files-{target}:{digest}"
    if not _exists(client, name):
        with step(f"Building the files of the Mailcow stand-in ({target})"):
            bases = {"BOOKWORM": base_image("bookworm"), "TRIXIE": base_image("trixie")}
            client.images.build(fileobj=_context(), custom_context=True, target=target, tag=name, buildargs=bases, rm=True)
    return name


def _context() -> io.BytesIO:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path in _content_files():
            archive.add(path, str(path.relative_to(HERE)), filter=_same_everywhere)
    context.seek(0)
    return context


def _same_everywhere(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o755 if entry.mode & 0o100 else 0o644
    return entry


def _build_role(client: docker.DockerClient, reference: str, name: str, files: str) -> None:
    role = _role(reference)
    lines = [f"FROM {files}", f"LABEL {LABEL}", f'ENTRYPOINT ["/stand-in/start", "{role}"]', HEALTH.get(role, "")]
    if role == "idle":  # nothing to end in order
        lines.append("STOPSIGNAL SIGKILL")
    client.images.build(fileobj=io.BytesIO("\n".join(lines).encode()), tag=name, rm=True)


def main() -> None:
    """Build and print what was built."""
    for reference, name in build_images().items():
        print(f"{reference:40} {name}")


if __name__ == "__main__":
    main()
