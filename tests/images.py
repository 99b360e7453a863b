"""``python -m tests.images``: build every image that tests need, once, before several lanes ask for them."""

from __future__ import annotations

from provision.docker.images import host_image
from tests.lab.server import lab_image
from tests.simulators.mailcow.build import build_images

if __name__ == "__main__":
    host_image("bookworm")
    host_image("trixie", rules="oci")
    build_images()
    lab_image()
