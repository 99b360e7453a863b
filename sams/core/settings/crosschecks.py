"""Rules between sections: what each section alone cannot see. Every problem stands at its own line."""

from __future__ import annotations

from collections.abc import Iterator

from sams.core.errors import Problem
from sams.core.settings import Settings
from sams.core.strict_yaml import Document, nearest

#: Names that no DNS will ever answer for the world (RFC 2606, RFC 6761).
RESERVED = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


def problems(settings: Settings, document: Document) -> list[Problem]:
    """Every mistake between sections."""
    checks = (_vault_host, _root_login, _volumes_of_nobody, _reserved_names)
    return [problem for check in checks for problem in check(settings, document)]


def _vault_host(settings: Settings, document: Document) -> Iterator[Problem]:
    """Vault runs on an auxiliary host."""
    name = settings.vault.host
    candidates = [host for host, values in settings.machines.hosts.items() if "auxiliary" in values.groups]
    if name is not None and name not in candidates:
        remedy = "Name one of them, or give this host the group auxiliary."
        yield document.problem(
            ("vault", "host"),
            "is no auxiliary host",
            expected="one of " + ", ".join(candidates),
            seen=name,
            nearest=nearest(name, candidates),
            remedy=remedy,
        )


def _root_login(settings: Settings, document: Document) -> Iterator[Problem]:
    """The operator's own login must stay open."""
    if settings.machines.ssh.user == "root" and settings.base.ssh.root_login == "no":
        remedy = 'Give machines.ssh.user another login name, or set base.ssh.root_login to "by key".'
        yield document.problem(("base", "ssh", "root_login"), "would lock you out: you log in as root", seen="no", remedy=remedy)


def _volumes_of_nobody(settings: Settings, document: Document) -> Iterator[Problem]:
    """A volume belongs to a host of this file."""
    known = list(settings.machines.hosts)
    for name in settings.base.volumes:
        if name not in known:
            yield document.problem(
                ("base", "volumes", name),
                "is no host of this file",
                expected="one of " + ", ".join(known),
                seen=name,
                nearest=nearest(name, known),
            )


def _reserved_names(settings: Settings, document: Document) -> Iterator[Problem]:
    """A machine in a cloud with a name out of an example was forgotten, not meant."""
    if settings.machines.provider != "oci":
        return
    for name, host in settings.machines.hosts.items():
        if any(host.fqdn == reserved or host.fqdn.endswith(f".{reserved}") for reserved in RESERVED):
            yield document.problem(
                ("machines", "hosts", name, "fqdn"),
                "is a name for examples only (RFC 2606)",
                seen=host.fqdn,
                remedy="Write the name that DNS knows this host by.",
            )
