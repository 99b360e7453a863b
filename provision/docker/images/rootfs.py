"""Where an image starts from: a registry's image where one answers, else Debian packages."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from docker.errors import DockerException

from provision.docker.engine import client
from provision.docker.images.bootstrap import bootstrap
from provision.docker.images.machine_apt import ORIGINS, AptConfiguration
from provision.report import ProvisionError, Say, timed

REGISTRY_IMAGES = {"bookworm": "debian:bookworm", "trixie": "debian:trixie", "jammy": "ubuntu:22.04", "noble": "ubuntu:24.04"}


def rootfs(suite: str, apt: AptConfiguration, packages: Sequence[str], say: Say) -> str:
    """The reference of an image with the suite's files, at least those of a minimal system."""
    say(f"{suite}: asking the registry for {REGISTRY_IMAGES[suite]}")
    why_not = _pull(REGISTRY_IMAGES[suite])
    if why_not is None:
        return REGISTRY_IMAGES[suite]
    say(f"{suite}: no registry answers; building from packages, about 30 s")
    _refuse_unbuildable(suite, apt, why_not)
    with timed(say, f"{suite}: file system built from packages"):
        return bootstrap(suite, apt.sources, packages, say)


def _pull(reference: str) -> str | None:
    """None when the image is here now, otherwise why not."""
    try:
        client().images.pull(reference)
    except (DockerException, OSError) as error:
        return str(error)
    return None


def _refuse_unbuildable(suite: str, apt: AptConfiguration, why_not: str) -> None:
    if not apt.sources:
        raise ProvisionError(
            f"{suite} cannot be had here: the registry did not give {REGISTRY_IMAGES[suite]} ({why_not}), and this machine has no "
            f"package sources of {ORIGINS[suite]}. Choose a suite of this machine's distribution in machines.hosts.NAME.image."
        )
    if not shutil.which("mmdebstrap"):
        raise ProvisionError("mmdebstrap is missing, which builds images from packages. Next: sudo apt-get install mmdebstrap")
