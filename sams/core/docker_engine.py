"""Docker's packages, repository and daemon settings, and what Mailcow demands of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sams.core.settings import Docker

#: Mailcow's scripts refuse an older engine (generate_config.sh) and need the compose plugin (core.sh).
OLDEST_ENGINE = 24
OLDEST_COMPOSE = 2
KEYRING = "/etc/apt/keyrings/docker.gpg"
SOURCE = "/etc/apt/sources.list.d/docker.sources"

VENDOR_PACKAGES = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin")
DISTRIBUTION_PACKAGES = {"debian": ("docker.io", "docker-cli", "docker-compose"), "ubuntu": ("docker.io", "docker-compose-v2")}
#: Whatever runs containers: an upgrade of one of these stops the mail server, so it is a deliberate step.
ENGINE_PACKAGES = (
    *VENDOR_PACKAGES,
    *(
        "docker-buildx-plugin",
        "docker-ce-rootless-extras",
        "docker.io",
        "docker-cli",
        "docker-compose",
        "docker-compose-v2",
        "docker-buildx",
    ),
    *("containerd", "runc"),
)
#: Releases whose own packages Mailcow refuses, and why.
TOO_OLD = {
    "bookworm": "Debian 12 has engine 20.10 and compose 1.29",
    "bullseye": "Debian 11 has engine 20.10 and compose 1.25",
}


def packages(whose: str, distribution: str) -> tuple[str, ...]:
    """The packages of the engine and the compose plugin."""
    return VENDOR_PACKAGES if whose == "vendor" else DISTRIBUTION_PACKAGES.get(distribution, ())


def held(whose: str, distribution: str) -> tuple[str, ...]:
    """The packages that upgrades must leave alone: those and what they run on."""
    return packages(whose, distribution) + (() if whose == "vendor" else ("containerd", "runc"))


def refusal(whose: str, distribution: str, codename: str, installed: Sequence[str]) -> str:
    """Why this host cannot get an engine that Mailcow accepts in this way; empty when it can."""
    if distribution not in DISTRIBUTION_PACKAGES:
        return f"Docker: expected Debian or Ubuntu, seen {distribution or 'no /etc/os-release'}. Next: give the host one of them."
    other = [found for found in installed if found != whose]
    if other:
        return (
            f"Docker: the settings say docker.packages: {whose}, but the packages of the {other[0]} are installed. "
            f"Next: set docker.packages: {other[0]}, or remove Docker from the host by hand (its volumes stay)."
        )
    if whose == "distribution" and codename in TOO_OLD:
        return (
            f"Docker: {TOO_OLD[codename]}, but Mailcow needs engine {OLDEST_ENGINE} and compose {OLDEST_COMPOSE}. "
            "Next: set docker.packages: vendor."
        )
    return ""


def shortcoming(engine: str, compose: str) -> str:
    """What is wrong with the engine that runs; empty when Mailcow accepts it."""
    if _major(engine) < OLDEST_ENGINE:
        return (
            f"Docker engine: expected {OLDEST_ENGINE} or newer, seen {engine or 'none that answers'}. "
            "Next: 'journalctl -u docker' on the host; for a newer one set docker.packages: vendor."
        )
    if _major(compose) < OLDEST_COMPOSE:
        return (
            f"docker compose: expected the plugin in version {OLDEST_COMPOSE} or newer, seen {compose or 'none'}. "
            "Next: set docker.packages: vendor."
        )
    return ""


def _major(version: str) -> int:
    digits = version.split(".")[0]
    return int(digits) if digits.isdigit() else 0


def key_address(repository: str, distribution: str) -> str:
    """Where the vendor publishes its key."""
    return f"{repository}/{distribution}/gpg"


def source(repository: str, distribution: str, codename: str) -> str:
    """The vendor's repository for apt, trusted by that one key (sources.list(5), deb822 style)."""
    return (
        "# Written by SAMS; changes here are overwritten.\n"
        f"Types: deb\nURIs: {repository}/{distribution}\nSuites: {codename}\nComponents: stable\nSigned-By: {KEYRING}\n"
    )


def daemon(docker: Docker) -> str:
    """``/etc/docker/daemon.json``: logs go to the journal, which bounds them and keeps them when containers are replaced."""
    options: dict[str, object] = {
        "log-driver": "journald",
        "log-opts": {"tag": "{{.Name}}"},
        "live-restore": docker.live_restore,
        # MariaDB and Dovecot get time to finish what they are writing; the unit itself waits 90 s.
        "shutdown-timeout": 60,
    }
    if docker.ipv6:
        # Before engine 27, filtering IPv6 counted as experimental.
        options |= {"ipv6": True, "fixed-cidr-v6": "fd00:d0c:e::/64", "ip6tables": True, "experimental": docker.packages == "distribution"}
    return json.dumps(options, indent=2) + "\n"


def unit_drop_in(mount_points: Sequence[str]) -> str:
    """What we add to ``docker.service``: the firewall first, the data volumes mounted, and no line of a container's log thrown away."""
    mounts = f"RequiresMountsFor={' '.join(mount_points)}\n" if mount_points else ""
    return (
        "# Written by SAMS; changes here are overwritten.\n"
        f"[Unit]\nWants=sams-firewall.service\nAfter=sams-firewall.service\n{mounts}\n[Service]\nLogRateLimitIntervalSec=0\n"
    )
