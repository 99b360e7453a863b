"""How long the images of the test network take to build, from nothing and when they are there, and how large they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from unittest import mock

from provision.docker.engine import client
from provision.docker.images import base_image, build, host_image
from tests.lab.server import lab_image
from tests.simulators.mailcow.build import build_images, files_image

#: No real week: images with it in their tags are built anew, from package sources on, and removed afterwards.
OUT_OF_TIME = "0000w00"
#: In the order in which they stand on each other; each gives the tags that it makes.
IMAGES: Mapping[str, Callable[[], list[str]]] = {
    "base, bookworm": lambda: [base_image("bookworm", silent)],
    "base, trixie": lambda: [base_image("trixie", silent)],
    "host, bookworm": lambda: [host_image("bookworm", say=silent)],
    "host, trixie": lambda: [host_image("trixie", say=silent)],
    "host with OCI's rules, trixie": lambda: [host_image("trixie", rules="oci", say=silent)],
    "lab": lambda: [lab_image(silent)],
    "Mailcow's services, bookworm": lambda: [files_image("services", "bookworm", silent)],
    "Mailcow's newer services, trixie": lambda: [files_image("newer", "trixie", silent)],
    "Mailcow's images by role": lambda: list(build_images(silent).values()),
}


@dataclass(frozen=True)
class ImageTime:
    """Seconds to build an image on top of those before it, seconds to find that it is there, and its size in MB with all below it."""

    image: str
    cold_seconds: float
    warm_seconds: float
    megabytes: int


def silent(_line: str) -> None:
    """Say nothing."""


def image_times() -> list[dict[str, object]]:
    """Build all images as on a machine that has built none of them yet, and once again; those that are there stay."""
    forget_earlier()
    made: list[str] = []
    with mock.patch.object(build, "this_week", return_value=OUT_OF_TIME):
        try:
            cold = {name: timed(make, made) for name, make in IMAGES.items()}
            warm = {name: timed(make, made) for name, make in IMAGES.items()}
            return [asdict(ImageTime(name, cold[name], warm[name], size(make()[0]))) for name, make in IMAGES.items()]
        finally:
            for tag in reversed(dict.fromkeys(made)):
                client().images.remove(tag)


def forget_earlier() -> None:
    """Remove what a measurement left that was interrupted."""
    left = [tag for image in client().images.list() for tag in image.tags if f"-{OUT_OF_TIME}-" in tag]
    for tag in left:
        client().images.remove(tag)


def timed(make: Callable[[], list[str]], made: list[str]) -> float:
    """The seconds that images took; their tags are added to ``made``."""
    started = time.monotonic()
    made += make()
    return round(time.monotonic() - started, 2)


def size(tag: str) -> int:
    """In megabytes."""
    return round(client().images.get(tag).attrs["Size"] / 1e6)
