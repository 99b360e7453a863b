"""Base images of Debian for the stand-in's services: from a registry where one answers, else made with mmdebstrap.

A minimal root file system, imported once a week per suite. Its tag is a digest of the recipe and the week, so that a
changed recipe is rebuilt and security updates are never more than a week away.
"""

from __future__ import annotations

import datetime
import hashlib
import subprocess
import tempfile
from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound

from tests.simulators.mailcow.progress import step

LABEL = "sams.env=shared"
PACKAGES = "ca-certificates,netbase,iproute2,procps"
SLIM = ("man", "locale", "info", "doc", "lintian", "groff")
#: The sources of this machine, with the wanted suite in place of its own.
SOURCES = """
. /etc/os-release
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 'Origin: Debian' \
  | sort -u | sed "s/ $VERSION_CODENAME/ $1/"
"""


def base_image(suite: str) -> str:
    """The name of a local image with a minimal Debian `suite` (`bookworm`, `trixie`); made when there is none yet."""
    client = docker.from_env()
    name = f"sams-base:{suite}-{_recipe_digest(suite)}"
    try:
        client.images.get(name)
    except ImageNotFound:
        if not _pulled(client, suite, name):
            with step(f"Building the base image of Debian {suite} from packages"):
                _import(suite, name)
    return name


def _recipe_digest(suite: str) -> str:
    year, week, _ = datetime.datetime.now(datetime.UTC).date().isocalendar()
    recipe = "\n".join([suite, PACKAGES, SOURCES, *SLIM, f"{year}-{week}"])
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def _pulled(client: docker.DockerClient, suite: str, name: str) -> bool:
    """Whether a registry gave us Debian's own image."""
    try:
        image = client.images.pull("debian", tag=f"{suite}-slim")
    except APIError:  # no registry in reach: the packages will do
        return False
    return bool(image.tag(*name.split(":")))


def _import(suite: str, name: str) -> None:
    sources = subprocess.run(["sh", "-c", SOURCES, "sh", suite], check=True, capture_output=True, text=True).stdout
    if not sources.strip():
        raise RuntimeError("apt knows no package index on this machine; run: apt-get update")
    with tempfile.TemporaryDirectory(prefix="sams-base-") as folder:
        archive = Path(folder) / "base.tar"
        subprocess.run(_mmdebstrap(suite, archive), input=sources, check=True, text=True)
        subprocess.run(["docker", "import", "-c", f"LABEL {LABEL}", str(archive), name], check=True, capture_output=True)


def _mmdebstrap(suite: str, archive: Path) -> list[str]:
    slim = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in SLIM]
    return [
        *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", *slim),
        *("--aptopt=Acquire::Languages none", "--aptopt=APT::Install-Recommends false"),
        "--customize-hook=rm -rf $1/var/lib/apt/lists/*",
        *(suite, str(archive), "-"),
    ]
