"""Docker from the vendor's repository, played by a signed one on the host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.lab
from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from sams.core.docker_engine import VENDOR_PACKAGES
from tests.harness.environment import Deployed, Environment
from tests.harness.hosts import inside
from tests.harness.own_environment import configure, own_environment
from tests.hosts.conftest import SERVICES

NAME = "dev-vendor-tests"
SETTINGS = """\
version: 1
machines:
  provider: docker
  docker: {{subnet: 172.31.85.0/24, ipv6_subnet: null}}
  hosts:
    mail1: {{groups: [mailservers], fqdn: mail.example.test, release: trixie}}
    mail2: {{groups: [mailservers], fqdn: mail2.example.test, release: bookworm}}
docker: {{packages: {whose}, repository: "file:///srv/vendor", fingerprint: {fingerprint}}}
"""
ANOTHER_KEY = "0" * 40
REPOSITORY = (Path(tests.lab.__file__).parent / "vendor_repository.sh").read_text()


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with own_environment(NAME, SETTINGS.format(whose="distribution", fingerprint=ANOTHER_KEY)) as made:
        yield made


def record(name: str) -> HostRecord:
    return next(host for host in hosts_file.read(NAME) if host.name == name)


def deploy(environment: Environment, *arguments: str, whose: str = "vendor", fingerprint: str = ANOTHER_KEY) -> Deployed:
    configure(NAME, SETTINGS.format(whose=whose, fingerprint=fingerprint))
    return environment.deploy(SERVICES, *arguments)


def has_engine(host: HostRecord) -> bool:
    return inside(host, "sh", "-c", "command -v dockerd", check=False) != ""


def test_debian_12_is_told_that_its_own_engine_is_too_old_before_anything_of_docker_is_changed(environment: Environment) -> None:
    refused = deploy(environment, "--limit", "mail2", whose="distribution")
    assert refused.finished.status == 1
    assert "Debian 12 has engine 20.10" in refused.finished.errors
    assert "set docker.packages: vendor" in refused.finished.errors
    assert not has_engine(record("mail2"))
    assert inside(record("mail2"), "sh", "-c", "ls /etc/docker", check=False) == ""


def test_a_repository_that_does_not_answer_is_named_with_what_helps(environment: Environment) -> None:
    refused = deploy(environment, "--limit", "mail1")
    assert refused.finished.status == 1
    assert "file:///srv/vendor/debian/gpg" in refused.finished.errors
    assert "docker.packages: distribution" in refused.finished.errors


@pytest.fixture(scope="module")
def fingerprint(environment: Environment) -> str:
    """Of the key that signs the repository on the host."""
    return inside(record("mail1"), "bash", "-c", REPOSITORY).split()[-1]


def test_a_key_with_another_fingerprint_is_not_trusted(environment: Environment, fingerprint: str) -> None:
    refused = deploy(environment, "--limit", "mail1")
    assert refused.finished.status == 1
    assert f"expected fingerprint {ANOTHER_KEY}, seen {fingerprint}" in refused.finished.errors
    assert inside(record("mail1"), "sh", "-c", "ls /etc/apt/keyrings/docker.gpg", check=False) == ""
    assert not has_engine(record("mail1"))


def test_with_the_right_key_the_engine_comes_from_the_vendor_and_is_held(environment: Environment, fingerprint: str) -> None:
    deploy(environment, "--limit", "mail1", fingerprint=fingerprint).finished.expect()
    host = record("mail1")
    assert int(inside(host, "docker", "version", "--format", "{{.Server.Version}}").split(".")[0]) >= 24
    assert inside(host, "docker", "compose", "version", "--short").strip()
    assert set(inside(host, "apt-mark", "showhold").split()) >= set(VENDOR_PACKAGES)
    again = deploy(environment, "--limit", "mail1", fingerprint=fingerprint)
    assert again.totals["success"] == 0, again.changed()


def test_engines_are_not_exchanged_behind_the_operators_back(environment: Environment, fingerprint: str) -> None:
    refused = deploy(environment, "--limit", "mail1", whose="distribution", fingerprint=fingerprint)
    assert refused.finished.status == 1
    assert "packages of the vendor are installed" in refused.finished.errors
    assert has_engine(record("mail1"))
