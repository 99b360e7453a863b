"""Fail2Ban: attackers of SSH and mail are kept out before Docker's address translation, whatever listens behind the port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from deploys.fail2ban.operations import UNIT, accepted, in_force
from operations.files import ManagedFile, managed
from operations.packages import installed
from operations.units import active
from sams.adapters import remote_archive
from sams.adapters.settings import settings
from sams.core.bans import HostAddresses
from sams.core.bans_files import OUTAGE_SCRIPT, fail2ban_local, jail_local, jails, outage_script, outage_watch, table
from sams.core.ports import PORTS
from sams.core.settings import Settings

FILES = Path(__file__).parent / "files"
CONFIGURATION = Path("/etc/fail2ban")
PACKAGES = ("fail2ban", "python3-systemd", "nftables", "logrotate")

#: Which services of the table of ports a jail guards.
GUARDED = {
    "sshd": ("ssh",),
    "postfix": ("smtp", "submission", "submissions"),
    "dovecot": ("imap", "imaps", "pop3", "pop3s", "sieve"),
}

RESTART_ON = (
    "/etc/systemd/system/fail2ban.service.d/sams.conf",
    "/etc/fail2ban/bans.nft",
    "/etc/fail2ban/fail2ban.local",
    "/etc/fail2ban/action.d/sams-bans.conf",
)
RELOAD_ON = (
    "/etc/fail2ban/jail.local",
    "/etc/fail2ban/filter.d/mailcow-postfix.conf",
    "/etc/fail2ban/filter.d/mailcow-dovecot.conf",
    OUTAGE_SCRIPT,
)

OUTAGE_UNIT = "sams-auth-outage.service"
OUTAGE_JOB = "/etc/sams/auth-outage.json"
OUTAGE_FILES = (f"/etc/systemd/system/{OUTAGE_UNIT}", OUTAGE_JOB)


@deploy("Fail2Ban")
def install() -> None:
    """Guard SSH on every host, and mail on mail hosts. Files come first: the package starts the service as soon as it is installed."""
    values, mail = settings(host.data.env), "mailservers" in host.groups
    wanted = files(values, host.data, guarded_ports(host.groups))
    managed(name="Write its configuration", files=[*wanted, *(outage_files(values) if mail else ())])
    installed(name="Install its packages", packages=PACKAGES)
    accepted(name="Have the configuration tested", restart_on=RESTART_ON, reload_on=RELOAD_ON)
    active(name="Run it", unit=UNIT, restart_on=RESTART_ON, reload_on=RELOAD_ON)
    in_force(name="See that the kernel carries out its bans")
    if mail:
        active(name="Watch for outages of Mailcow's passwords", unit=OUTAGE_UNIT, restart_on=OUTAGE_FILES)


def guarded_ports(groups: list[str]) -> dict[str, tuple[int, ...]]:
    """Jail -> ports, for a host in these groups."""
    wanted = {"all", *groups}
    ports = {
        jail: tuple(port.number for port in PORTS if port.service in services and port.group in wanted)
        for jail, services in GUARDED.items()
    }
    return {jail: numbers for jail, numbers in ports.items() if numbers}


def files(values: Settings, addresses: HostAddresses, ports: Mapping[str, tuple[int, ...]]) -> list[ManagedFile]:
    """Every file of ours."""
    wanted = jails(values, ports)
    return [
        ManagedFile(path=str(CONFIGURATION / "jail.local"), content=jail_local(values, addresses, wanted)),
        ManagedFile(path=str(CONFIGURATION / "fail2ban.local"), content=fail2ban_local(values)),
        ManagedFile(path=str(CONFIGURATION / "bans.nft"), content=table(values, addresses, wanted)),
        ManagedFile(path=str(CONFIGURATION / "filter.d/mailcow-postfix.conf"), content=shipped("mailcow-postfix.conf")),
        ManagedFile(path=str(CONFIGURATION / "filter.d/mailcow-dovecot.conf"), content=shipped("mailcow-dovecot.conf")),
        ManagedFile(path=OUTAGE_SCRIPT, content=outage_script(), mode="755"),
        ManagedFile(path=str(CONFIGURATION / "action.d/sams-bans.conf"), content=shipped("sams-bans.conf")),
        ManagedFile(path="/etc/systemd/system/fail2ban.service.d/sams.conf", content=shipped("fail2ban.service.conf")),
    ]


def outage_files(values: Settings) -> list[ManagedFile]:
    """Unit and job of the service that keeps Mailcow from banning during an outage; the unit names the program's version."""
    unit = shipped(OUTAGE_UNIT).format(program=remote_archive.path())
    contents = (unit, outage_watch(values))
    return [ManagedFile(path=path, content=content) for path, content in zip(OUTAGE_FILES, contents, strict=True)]


def shipped(name: str) -> str:
    """A file that lies beside this one."""
    return (FILES / name).read_text()
