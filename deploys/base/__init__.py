"""What every host gets: packages, our programs, time zone, firewall, SSH hardening, volumes, journal."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from deploys.base.data_volumes import data_volumes
from operations import files, firewall, machine, packages, remote_archive, ssh_server, units, volumes
from operations.files import ManagedDirectory, ManagedFile
from sams.adapters import hosts_file
from sams.adapters.alerts import alerts_document
from sams.adapters.settings import settings
from sams.core.ports import Port, ports_of
from sams.core.settings import Base

HERE = Path(__file__).parent
UNITS = ("sams-firewall.service", "sams-revert@.service", "sams-revert@.timer")
JOURNAL = "/etc/systemd/journald.conf.d/50-sams.conf"
PACKAGES = ("ca-certificates", "e2fsprogs", "iproute2", "nftables", "openssh-server", "procps", "python3", "tzdata", "util-linux")
#: Redis wants to fork whatever the memory, Dovecot and the containers watch many files (mailcow's common problems).
SYSCTLS = {"fs.inotify.max_user_instances": "1024", "vm.overcommit_memory": "1"}


@deploy("Base")
def install() -> None:
    """Prepare a host for its services."""
    wanted = settings(host.data.env)
    base = wanted.base
    own_volumes = data_volumes(wanted, host.name)
    packages.installed(name="The packages that every host needs are installed", packages=needed_packages(own_volumes))
    remote_archive.deployed(name="The programs of SAMS are in place")
    files.managed(
        name="Units, journal limits and alert targets are in place",
        directories=[ManagedDirectory("/etc/sams"), ManagedDirectory("/etc/sams/secrets", mode="700")],
        files=[
            *unit_files(),
            ManagedFile(JOURNAL, journal(base)),
            ManagedFile("/etc/sams/alerts.json", alerts_document(wanted.alerts), mode="600"),
        ],
    )
    machine.tuned(name="Time zone, clock, swap and kernel are as wanted", time_zone=base.time_zone, sysctls=SYSCTLS, swap_mib=base.swap_mib)
    volumes.mounted(name="Data volumes are mounted", volumes=own_volumes)
    firewall.loaded(name="The host firewall stands", ports=open_ports(base), private_addresses=private_addresses())
    ssh_server.hardened(name="SSH is hardened, proven by a new login", drop_in=ssh_drop_in(base))
    units.active(name="The journal keeps to its limits", unit="systemd-journald.service", restart_on=[JOURNAL])


def needed_packages(own_volumes: list[dict[str, str]]) -> list[str]:
    """The packages of this host."""
    return [*PACKAGES, *(["xfsprogs"] if any(volume["file_system"] == "xfs" for volume in own_volumes) else [])]


def unit_files() -> list[ManagedFile]:
    """Our units, as they stand beside this file."""
    return [ManagedFile(f"/etc/systemd/system/{name}", (HERE / name).read_text()) for name in UNITS]


def journal(base: Base) -> str:
    """Limits of the journal: on disk, so that container logs survive a reboot, and never more than its share of it."""
    return f"# Written by SAMS; changes here are overwritten.\n[Journal]\nStorage=persistent\nSystemMaxUse={base.journal_mib}M\n"


def open_ports(base: Base) -> tuple[Port, ...]:
    """The open ports of this host: those of its services and those of the settings."""
    further = [Port(port.port, port.service, port.group, port.scope, port.protocol, port.listener) for port in base.firewall.ports]
    return ports_of([group for group in ("mailservers", "auxiliary") if group in host.groups], further)


def private_addresses() -> list[str]:
    """The private addresses of this environment's hosts."""
    return [record.private_address for record in hosts_file.read(host.data.env) if record.private_address]


def ssh_drop_in(base: Base) -> str:
    """Hardening that leaves logging in by key, forwarding (Vault is reached through it) and the distribution's algorithms alone.

    The number of tries stays too: an agent with many keys offers them one after the other.
    """
    passwords = "yes" if base.ssh.password_login else "no"
    return f"""\
# Written by SAMS (base.ssh of the settings); changes here are overwritten.
PubkeyAuthentication yes
PasswordAuthentication {passwords}
KbdInteractiveAuthentication {passwords}
PermitEmptyPasswords no
PermitRootLogin {"no" if base.ssh.root_login == "no" else "prohibit-password"}
X11Forwarding no
LoginGraceTime 30
"""
