"""Mailcow: a pinned release in Docker, its secrets from Vault, closed to the world until its administrator is ours."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from deploys.mailcow.certificate import OwnCertificate, own_certificate
from operations.files import ManagedDirectory, ManagedFile, managed
from operations.mailcow.administration import administered
from operations.mailcow.configuration import configured, secrets_taken_over
from operations.mailcow.preflight import ready_to_carry
from operations.mailcow.source import checked_out
from operations.mailcow.stack import answering, running
from operations.packages import installed
from operations.units import inactive
from operations.vault import server_secrets
from sams.adapters.settings import settings
from sams.core.mailcow import files as texts
from sams.core.mailcow.bans import wanted_bans
from sams.core.mailcow.configuration import wanted_values
from sams.core.mailcow.keys import ALL_PORTS, OUTSIDE_PORTS, PURPOSE, VAULT_KEYS
from sams.core.settings.mailcow import Mailcow

PACKAGES = ("ca-certificates", "curl", "gawk", "git", "iproute2", "jq", "nftables", "openssl")
GATE = "sams-mailcow-gate.service"


@deploy("Mailcow")
def install() -> None:
    """Install Mailcow on mail hosts and have it answer on every port."""
    if "mailservers" not in host.groups:
        return
    values, fqdn = settings(host.data.env), host.data.fqdn
    mailcow, directory = values.mailcow, values.mailcow.directory
    certificate = own_certificate(mailcow.tls, fqdn)
    preflight(mailcow, certificate)
    installed(name="Install what Mailcow's scripts need", packages=PACKAGES)
    checked_out(name="Check out Mailcow's release", directory=directory, repository=mailcow.repository, tag=mailcow.tag)
    secrets_taken_over(name="Take over the secrets of an older Mailcow", directory=directory, tag=mailcow.tag)
    server_secrets(name="Keep Mailcow's secrets in Vault", purpose=PURPOSE, keys=VAULT_KEYS)
    configured(
        name="Write mailcow.conf",
        directory=directory,
        tag=mailcow.tag,
        hostname=fqdn,
        time_zone=values.base.time_zone,
        antivirus=mailcow.antivirus,
        public=wanted_values(values, fqdn),
    )
    managed(
        name="Write the files beside it",
        directories=[ManagedDirectory(directory, mode="700")],  # containers write passwords below it for everybody to read
        files=[*files(mailcow, fqdn), *certificate_files(directory, certificate)],
    )
    running(
        name="Run its containers",
        directory=directory,
        read={"dovecot-mailcow": [f"{directory}/data/conf/dovecot/extra.conf"]},
        copied={"postfix-mailcow": (f"{directory}/data/conf/postfix/extra.cf", f"{directory}/data/conf/postfix/main.cf")},
    )
    answering(
        name="See that every port answers",
        directory=directory,
        certificate=certificate.digest if certificate else None,
        patience=mailcow.patience_seconds,
    )
    administered(name="Replace the administrator's password", directory=directory, bans=wanted_bans(values, host.data))
    inactive(name="Open the gate", unit=GATE)


def preflight(mailcow: Mailcow, certificate: OwnCertificate | None) -> None:
    """See that the host can carry Mailcow."""
    ready_to_carry(
        name="See that the host can carry it",
        ports=ALL_PORTS,
        memory=mailcow.minimum_memory,
        disk=mailcow.minimum_disk,
        disk_reserve=mailcow.disk_reserve,
        smtp=mailcow.checks.smtp,
        dns=mailcow.checks.dns,
        clock=mailcow.checks.clock_seconds,
        problems=certificate.problems if certificate else (),
    )


def files(mailcow: Mailcow, fqdn: str) -> list[ManagedFile]:
    """Every file of ours but mailcow.conf and the certificate."""
    place = mailcow.directory
    return [
        ManagedFile(path=f"{place}/docker-compose.override.yml", content=texts.override(mailcow)),
        ManagedFile(path=f"{place}/data/conf/postfix/extra.cf", content=texts.postfix_extra(mailcow, fqdn)),
        ManagedFile(path=f"{place}/data/conf/dovecot/extra.conf", content=texts.dovecot_extra(mailcow)),
        ManagedFile(path="/etc/sams/mailcow-gate.nft", content=texts.gate(OUTSIDE_PORTS)),
        ManagedFile(path=f"/etc/systemd/system/{GATE}", content=texts.GATE_UNIT),
    ]


def certificate_files(directory: str, certificate: OwnCertificate | None) -> list[ManagedFile]:
    """The operator's own certificate and key, where Mailcow looks for them."""
    if certificate is None:
        return []
    place = f"{directory}/data/assets/ssl"
    return [
        ManagedFile(path=f"{place}/cert.pem", content=certificate.chain),
        ManagedFile(path=f"{place}/key.pem", content=certificate.key, mode="600"),
    ]
