"""An environment for one group of tests: made from a text of settings, taken away afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sams.adapters.hosts_file import INVENTORIES
from tests.harness.environment import Environment
from tests.lab import lab

INVENTORY = 'from sams.adapters.inventory import hosts\n\nmailservers, auxiliary = hosts("{name}")\n'


def files_of(name: str) -> dict[Path, str]:
    """Inventory module of an environment; git ignores names that begin with ``dev-``."""
    return {INVENTORIES / f"{name}.py": INVENTORY.format(name=name)}


def configure(name: str, settings: str) -> None:
    """Write the settings of an environment, or write them anew."""
    (INVENTORIES / f"{name}.yml").write_text(settings)


@contextmanager
def own_environment(name: str, settings: str) -> Iterator[Environment]:
    """Fresh test hosts with the world outside (names, a mail server), for as long as the block runs."""
    if not name.startswith("dev-"):
        raise AssertionError(f"{name}: expected a name that begins with dev-, so that git ignores its files")
    environment = Environment(name)
    configure(name, settings)
    for path, text in files_of(name).items():
        path.write_text(text)
    environment.provision("destroy", "--yes", "--purge").expect()
    try:
        environment.provision("apply").expect()
        lab.up(name, upstream=True)
        yield environment
    finally:
        lab.down(name)
        environment.provision("destroy", "--yes", "--purge").expect()
        for path in (*files_of(name), INVENTORIES / f"{name}.yml"):
            path.unlink()
