"""Every public address that the product itself needs, in one place."""

from __future__ import annotations

MAILCOW_REPOSITORY = "https://github.com/mailcow/mailcow-dockerized"
DOCKER_APT = "https://download.docker.com/linux"
