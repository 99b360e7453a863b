"""Docker on the mail hosts: an engine that Mailcow accepts, logs in the journal, upgrades only on purpose."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from deploys.base.data_volumes import data_volumes
from facts.os_release import OsRelease
from operations import docker_engine as engine
from operations import files, packages, units
from operations.files import ManagedFile
from sams.adapters.settings import settings
from sams.core import docker_engine

DAEMON = "/etc/docker/daemon.json"
DROP_IN = "/etc/systemd/system/docker.service.d/50-sams.conf"


@deploy("Docker")
def install() -> None:
    """Install and run the engine on hosts that carry mail."""
    if "mailservers" not in host.groups:
        return
    wanted = settings(host.data.env)
    whose, distribution = wanted.docker.packages, host.get_fact(OsRelease).distribution
    mount_points = [volume["mount_point"] for volume in data_volumes(wanted, host.name)]
    engine.obtainable(
        name="An engine that Mailcow accepts can be had",
        whose=whose,
        repository=wanted.docker.repository,
        fingerprint=wanted.docker.fingerprint,
    )
    files.managed(
        name="Docker's settings are in place before it starts",
        files=[
            ManagedFile(DAEMON, docker_engine.daemon(wanted.docker)),
            ManagedFile(DROP_IN, docker_engine.unit_drop_in(mount_points)),
        ],
    )
    packages.installed(
        name="Engine and compose plugin are installed and held at their version",
        packages=docker_engine.packages(whose, distribution),
        held=docker_engine.held(whose, distribution),
    )
    units.active(name="The engine runs with its settings", unit="docker.service", restart_on=[DAEMON, DROP_IN])
    engine.accepted(name="Mailcow accepts the engine that runs")
