"""Rules between the sections of an environment file."""

from __future__ import annotations

import pytest

from sams.core.errors import InputError
from sams.core.settings import Settings
from sams.core.settings.load import from_document
from sams.core.strict_yaml import parse

MACHINES = """version: 1
machines:
  provider: {provider}
  ssh: {{user: {user}}}
  hosts:
    mail1: {{groups: [mailservers], fqdn: {fqdn}}}
    aux1: {{groups: [auxiliary], fqdn: vault.club.org}}
"""


def read(more: str = "", provider: str = "docker", user: str = "ops", fqdn: str = "mail.club.org") -> Settings:
    return from_document(parse(MACHINES.format(provider=provider, user=user, fqdn=fqdn) + more, "club.yml"))


def test_a_short_file_is_enough() -> None:
    assert read().mailcow.tag


@pytest.mark.parametrize(
    ("more", "options", "line", "message", "close"),
    [
        ("vault: {host: aux2}", {}, 8, "vault.host: is no auxiliary host", "aux1"),
        ("vault: {host: mail1}", {}, 8, "vault.host: is no auxiliary host", ""),
        ('base: {ssh: {root_login: "no"}}', {"user": "root"}, 8, "base.ssh.root_login: would lock you out", ""),
        ("base:\n  volumes:\n    mial1: []", {}, 10, "base.volumes.mial1: is no host of this file", "mail1"),
        ("", {"provider": "oci", "fqdn": "mail.example.org"}, 6, "machines.hosts.mail1.fqdn: is a name for examples only", ""),
    ],
)
def test_sections_that_contradict_each_other_are_refused(more: str, options: dict[str, str], line: int, message: str, close: str) -> None:
    with pytest.raises(InputError) as caught:
        read(more, **options)
    [problem] = caught.value.problems
    assert (problem.line, problem.nearest) == (line, close)
    assert f"club.yml:{line}:" in str(problem)
    assert message in str(problem)


@pytest.mark.parametrize("provider", ["docker", "oci"])
def test_names_for_examples_are_for_test_hosts(provider: str) -> None:
    assert read(provider=provider, fqdn="mail.club.org")
    assert read(provider="docker", fqdn="mail.example.test")
