"""The Docker engine on the operator's machine."""

from __future__ import annotations

import functools

import docker
from docker.errors import DockerException

from provision.report import ProvisionError


@functools.cache
def client() -> docker.DockerClient:
    """The engine that the environment names (DOCKER_HOST) or the local one.

    Raises
    ------
    ProvisionError:
        When none answers.
    """
    try:
        engine = docker.from_env(timeout=120)
        engine.ping()
    except DockerException as error:
        raise ProvisionError(f"no Docker engine answers on this machine: {error}. Next: sudo python3 provision/docker_engine.py") from error
    return engine
