"""Builds the images of the Mailcow stand-in: `python -m tests.simulators.mailcow.build`.

Two images carry the files of all services. Each image reference of the releases is one of them with its role as entry point,
which adds no layer. Tags hold a digest of everything that goes in, so a second build finds all there.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

from provision.docker.engine import client
from provision.docker.images import base_image
from provision.docker.images.build import Recipe, ensure, exists
from provision.docker.labels import SHARED
from provision.report import Say
from tests.simulators.mailcow.releases import RELEASES, image_references

HERE = Path(__file__).resolve().parent
#: Name of an image without registry and version -> role. What is not named here is a placeholder that stands still.
ROLES = {
    **{name: name for name in ("acme", "dovecot", "memcached", "netfilter", "nginx", "postfix", "unbound")},
    "mariadb": "mysql",
    "phpfpm": "php-fpm",
}
#: Images whose command stands in the compose file, as upstream: only that needs time to end.
OWN_COMMAND = ("redis",)
#: The first Postfix that upstream took from the newer Debian release.
NEWER_POSTFIX = "3.10"
HEALTH = {"unbound": "HEALTHCHECK --interval=3s --timeout=5s CMD bash /stand-in/healthy"}


def build_images(say: Say = print) -> dict[str, str]:
    """Build what is missing. Image reference as in the releases -> tag of the local image."""
    services, newer = files_image("services", "bookworm", say), files_image("newer", "trixie", say)
    references = sorted({reference for release in RELEASES for reference in image_references(release)})
    return {one: _role_image(one, newer if _is_newer(one) else services) for one in references}


def files_image(kind: str, suite: str, say: Say = print) -> str:
    """The tag of the image with the files of one kind of services, on a Debian release."""
    base = base_image(suite, say)
    recipe = Recipe(f"mailcow-{kind}:{suite}", _files(kind), {"BASE": base})
    return ensure(recipe, lambda: base, say)


def _files(kind: str) -> Mapping[str, bytes]:
    folders = {HERE / "services": "services"}
    if kind == "services":
        folders[HERE / "api" / "standin_api"] = "standin_api"
    files = {"Dockerfile": (HERE / f"Dockerfile.{kind}").read_bytes()}
    for folder, name in folders.items():
        found = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
        files |= {f"{name}/{path.relative_to(folder)}": path.read_bytes() for path in found}
    return files


def _role_of(reference: str) -> str:
    return ROLES.get(_name_of(reference), "idle")


def _name_of(reference: str) -> str:
    return reference.rsplit("/", 1)[-1].split(":")[0]


def _is_newer(reference: str) -> bool:
    name, version = _name_of(reference), reference.split(":")[1]
    return name == "netfilter" or (name == "postfix" and version.startswith(NEWER_POSTFIX))


def _role_image(reference: str, files: str) -> str:
    recipe = _role_recipe(reference, files)
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    tag = f"sams/mailcow-{reference.rsplit('/', 1)[-1]}-{digest}"
    if not exists(tag):
        client().images.build(fileobj=io.BytesIO(recipe.encode()), tag=tag, labels=SHARED, rm=True)
    return tag


def _role_recipe(reference: str, files: str) -> str:
    role = _role_of(reference)
    entry_point = f'ENTRYPOINT ["/bin/bash", "/stand-in/start", "{role}"]'
    quick_end = "STOPSIGNAL SIGKILL" if role == "idle" and _name_of(reference) not in OWN_COMMAND else ""  # nothing to end in order
    return "\n".join([f"FROM {files}", entry_point, HEALTH.get(role, ""), quick_end, ""])


def main() -> None:
    """Build and print what there is."""
    for reference, tag in build_images().items():
        print(f"{reference:40} {tag}")


if __name__ == "__main__":
    main()
