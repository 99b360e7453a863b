"""This machine's own apt configuration, carried into the images so that `apt-get install` works in them as it does here.

Taken along: the sources of the distribution, Acquire options (proxy, clock checks), and certificates that the administrator
added. Not taken along: credentials (auth.conf) and sources of other vendors.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from provision.report import ProvisionError

#: Distribution of each suite that test hosts can run, as apt names it in its field Origin.
ORIGINS: Mapping[str, str] = {"bookworm": "Debian", "trixie": "Debian", "jammy": "Ubuntu", "noble": "Ubuntu"}
CERTIFICATES = Path("/usr/local/share/ca-certificates")
CARRIED_OPTION = re.compile(
    r'^Acquire::(https?::(Proxy|Verify-Peer|Verify-Host)|Check-Valid-Until|Check-Date|Retries) ".+";$', re.IGNORECASE
)


@dataclass(frozen=True)
class AptConfiguration:
    """What an image needs to install packages: `sources` is empty where this machine has none of that distribution."""

    sources: str
    options: str
    certificates: Mapping[str, bytes]


@functools.cache
def apt_configuration(suite: str) -> AptConfiguration:
    """This machine's apt configuration, for a suite that may be another one than the machine's."""
    options = "".join(f"{line}\n" for line in carried_options(_run("apt-config", "dump"), os.environ))
    certificates = {path.name: path.read_bytes() for path in sorted(CERTIFICATES.glob("*.crt"))}
    return AptConfiguration("".join(f"{line}\n" for line in _sources(suite)), options, certificates)


def sources_for(suite: str, targets: Iterable[str]) -> list[str]:
    """One source line for each archive, moved from the machine's suite to another one of the same distribution.

    Parameters
    ----------
    suite:
        Code name of the wanted suite.
    targets:
        Lines "URI CODENAME COMPONENT" of `apt-get indextargets`, where CODENAME is for example bookworm-security.
    """
    archives: dict[tuple[str, str], list[str]] = {}
    for uri, codename, component in (line.split() for line in sorted(set(targets))):
        pocket = codename.partition("-")[2]
        archives.setdefault((uri, f"{suite}-{pocket}" if pocket else suite), []).append(component)
    return [f"deb {uri} {archive} {' '.join(components)}" for (uri, archive), components in archives.items()]


def carried_options(dump: str, environment: Mapping[str, str]) -> list[str]:
    """Options of `apt-config dump` that hold in an image too; a proxy of the environment counts as apt's own."""
    carried = [line for line in dump.splitlines() if CARRIED_OPTION.match(line)]
    named = "\n".join(carried).lower()
    for scheme in ("http", "https"):
        proxy = environment.get(f"{scheme}_proxy")
        if proxy and f"acquire::{scheme}::proxy " not in named:
            carried.append(f'Acquire::{scheme}::Proxy "{proxy}";')
    return carried


def _sources(suite: str) -> list[str]:
    targets = _targets(suite)
    if not targets and os.geteuid() == 0:
        _run("apt-get", "update")  # a fresh machine knows no package lists yet, and apt lists only what it knows
        targets = _targets(suite)
    return sources_for(suite, targets)


def _targets(suite: str) -> list[str]:
    text = _run(
        "apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)",
        "Identifier: Packages", f"Origin: {ORIGINS[suite]}",
    )  # fmt: skip
    return text.splitlines()


def _run(*command: str) -> str:
    """Output of a program of apt; nothing where the machine has no apt (then a registry's image keeps its own sources)."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        return ""
    except subprocess.CalledProcessError as error:
        raise ProvisionError(f"{' '.join(command)} failed on this machine: {error.stderr.strip()}") from error
    return done.stdout
