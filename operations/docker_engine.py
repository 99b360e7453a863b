"""Docker's engine."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.apt_key import AptRepository
from facts.docker_engine import Engine
from facts.os_release import OsRelease
from operations.remote import fail_host, remote_command
from sams.core import docker_engine


@operation()
def obtainable(*, whose: str, repository: str, fingerprint: str) -> Generator[PyinfraCommand, None, None]:
    """Make the host able to get an engine that Mailcow accepts: refuse what cannot work, and trust the vendor's repository if it is wanted.

    + whose: ``vendor`` or ``distribution``
    + repository: address of the vendor's repository
    + fingerprint: of the key that signs it
    """
    release = host.get_fact(OsRelease)
    why = docker_engine.refusal(whose, release.distribution, release.codename, host.get_fact(Engine).installed)
    if why:
        yield fail_host(why)
        return
    if whose == "distribution":
        host.noop(f"{release.codename} has an engine that Mailcow accepts")
        return
    source = docker_engine.source(repository, release.distribution, release.codename)
    paths = {"key_path": docker_engine.KEYRING, "source_path": docker_engine.SOURCE}
    if host.get_fact(AptRepository, **paths) == {"fingerprints": [fingerprint], "source": source}:
        host.noop("the vendor's repository is trusted by its key")
        return
    address = docker_engine.key_address(repository, release.distribution)
    advice = "Next: open HTTPS to it from the host, or set docker.repository to a mirror, or docker.packages: distribution."
    job = {**paths, "source": source, "fingerprint": fingerprint, "key_address": address, "advice": advice}
    yield remote_command("apt_repository_trust", job)


@operation()
def accepted() -> Generator[PyinfraCommand, None, None]:
    """Demand that the engine and the compose plugin that now run are ones that Mailcow accepts."""
    found = host.get_fact(Engine)
    why = docker_engine.shortcoming(found.engine, found.compose)
    if not why:
        host.noop(f"engine {found.engine}, compose {found.compose}")
        return
    yield fail_host(why)
