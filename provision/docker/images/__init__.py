"""The images of test hosts: built when first asked for, then found again by a tag that holds everything they were built from.

    rootfs   Debian packages by mmdebstrap, or a registry's image where one answers
    base     + systemd, sshd, this machine's way to packages      `base_image`
    host     + the operator's account, units that suit a container  `host_image`
    rules    + a cloud's packet filter, where a host asks for it    `host_image(rules=...)`

What a deployment should install is not in them. The calendar week is part of the tag, so that packages are never older.
"""

from __future__ import annotations

from pathlib import Path

from provision.docker.images import rootfs
from provision.docker.images.build import Recipe, ensure
from provision.docker.images.machine_apt import ORIGINS, AptConfiguration, apt_configuration
from provision.report import ProvisionError, Say

HERE = Path(__file__).parent
PACKAGES = (
    "ca-certificates", "dbus", "iproute2", "iputils-ping", "kmod", "libpam-systemd", "netbase", "openssh-server", "procps",
    "python3-minimal", "sudo", "systemd", "systemd-sysv",
)  # fmt: skip
#: Packet filters that a host may bring along, each a folder with a recipe.
RULES = {"oci": "rules_oci"}
SMALLER_AND_FASTER = (
    "path-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\npath-exclude=/usr/share/doc/*\n"
    "path-include=/usr/share/doc/*/copyright\nforce-unsafe-io\n"
)


def base_image(suite: str, say: Say = print) -> str:
    """The tag of a minimal Debian or Ubuntu with systemd and this machine's way to packages; built if there is none yet.

    Parameters
    ----------
    suite:
        Code name: trixie, bookworm, noble or jammy.
    say:
        Takes lines of progress.

    Raises
    ------
    ProvisionError:
        When the suite is unknown, or neither a registry nor this machine's package sources have it.
    """
    if suite not in ORIGINS:
        raise ProvisionError(f"unknown suite {suite!r}: expected one of {', '.join(ORIGINS)}")
    apt = apt_configuration(suite)
    recipe = _base_recipe(suite, apt)
    return ensure(recipe, lambda: rootfs.rootfs(suite, apt, PACKAGES, say), say)


def host_image(suite: str, *, user: str = "ops", rules: str | None = None, say: Say = print) -> str:
    """The tag of an image that boots as a host.

    Parameters
    ----------
    suite:
        Code name: trixie, bookworm, noble or jammy.
    user:
        Login name with sudo; its authorized keys are put in when a host is made.
    rules:
        A packet filter that the host brings along: oci, or none.
    say:
        Takes lines of progress.

    Raises
    ------
    ProvisionError:
        As `base_image`.
    """
    base = base_image(suite, say)
    host = Recipe(f"host:{suite}", _files("host"), {"BASE": base, "SSH_USER": user})
    tag = ensure(host, lambda: base, say)
    if rules is None:
        return tag
    return ensure(Recipe(f"host-{rules}:{suite}", _files(RULES[rules]), {"BASE": tag}), lambda: tag, say)


def _base_recipe(suite: str, apt: AptConfiguration) -> Recipe:
    machine = {
        "etc/apt/apt.conf.d/90machine": apt.options.encode(),
        "etc/dpkg/dpkg.cfg.d/90test-host": SMALLER_AND_FASTER.encode(),
        **{f"usr/local/share/ca-certificates/{name}": content for name, content in apt.certificates.items()},
    }
    if apt.sources:
        machine["etc/apt/sources.list"] = apt.sources.encode()
    files = _files("base") | {f"machine/{path}": content for path, content in machine.items()}
    return Recipe(f"base:{suite}", files, {"PACKAGES": " ".join(PACKAGES)})


def _files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((HERE / folder).iterdir()) if path.is_file()}
