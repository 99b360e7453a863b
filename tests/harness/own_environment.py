"""An environment for one group of tests: made from a text of settings, taken away afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from sams.adapters.hosts_file import INVENTORIES
from sams.adapters.settings import settings as load_settings
from sams.adapters.vault import vault
from sams.core import strict_yaml
from tests.harness.environment import BUILD, Environment
from tests.lab import lab

INVENTORY = 'from sams.adapters.inventory import hosts\n\nmailservers, auxiliary = hosts("{name}")\n'
#: In changes to settings: this key goes, so that its default holds.
REMOVED = object()
#: The real Mailcow: from its own repository and registry, with the certificate that the test CA signed.
UPSTREAM: Mapping[str, Any] = {"mailcow": {"repository": REMOVED, "minimum_memory": REMOVED}}


def derived(name: str, network: int, changes: Mapping[str, Any] | None = None) -> str:
    """Settings as in ``inventories/docker.yml``, in a network and with a custody file of their own.

    Parameters
    ----------
    name:
        The environment's name.
    network:
        Third number of its addresses 172.31.x.0/24; 77 is that of ``docker``, every other one may live beside it.
    changes:
        Settings that differ, as a tree; `REMOVED` takes a key away.
    """
    text = (INVENTORIES / "docker.yml").read_text().replace("172.31.77.", f"172.31.{network}.")
    subnets = {"subnet": f"172.31.{network}.0/24", "ipv6_subnet": f"fd77:0:0:{network}::/64"}
    own = {"machines": {"docker": subnets}, "vault": {"custody_file": str(folder_of(name) / "custody.json")}}
    settings = merged(merged(strict_yaml.parse(text, "docker.yml").data, own), changes or {})
    return yaml.safe_dump(settings, sort_keys=False)


def merged(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with changes laid over them, key by key."""
    result = dict(settings)
    for key, value in changes.items():
        if value is REMOVED:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key) or {}, value) if isinstance(value, Mapping) else value
    return result


def folder_of(name: str) -> Path:
    """Where an environment of tests keeps what an operator keeps in the configuration folder."""
    return BUILD / name


def files_of(name: str) -> dict[Path, str]:
    """Inventory module of an environment; git ignores names that begin with ``dev-``."""
    return {INVENTORIES / f"{name}.py": INVENTORY.format(name=name)}


def configure(name: str, settings: str) -> Environment:
    """Write an environment's settings and inventory, or write them anew."""
    if not name.startswith("dev-"):
        raise AssertionError(f"{name}: expected a name that begins with dev-, so that git ignores its files")
    (INVENTORIES / f"{name}.yml").write_text(settings)
    for path, text in files_of(name).items():
        path.write_text(text)
    load_settings.cache_clear()
    return Environment(name)


def cleared(name: str) -> None:
    """Take away an environment's hosts, what they found on their network, and its custody file."""
    lab.down(name)
    Environment(name).provision("destroy", "--yes", "--purge").expect()
    shutil.rmtree(folder_of(name), ignore_errors=True)
    vault.cache_clear()


@contextmanager
def own_environment(name: str, settings: str, *, mailcow: bool = False) -> Iterator[Environment]:
    """Fresh test hosts with the world outside, for as long as the block runs.

    Parameters
    ----------
    name:
        The environment's name, beginning with ``dev-``.
    settings:
        Its settings, YAML; `derived` makes them from those of ``docker``.
    mailcow:
        Whether the hosts also find Mailcow's repository and images.
    """
    environment = configure(name, settings)
    cleared(name)
    try:
        environment.provision("apply").expect()
        lab.up(name, upstream=not mailcow)
        yield environment
    finally:
        cleared(name)
        for path in (*files_of(name), INVENTORIES / f"{name}.yml"):
            path.unlink()
