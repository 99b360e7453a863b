"""The settings of an environment, from `inventories/<env>.yml`."""

from __future__ import annotations

import functools
from pathlib import Path

from sams.adapters.hosts_file import INVENTORIES
from sams.core.errors import SamsError
from sams.core.settings import Settings
from sams.core.settings.load import load
from sams.core.strict_yaml import nearest, shown


class UnknownEnvironment(SamsError):
    """There is no such environment."""


def path_of(env: str) -> Path:
    """The file of an environment.

    Raises
    ------
    UnknownEnvironment:
        When there is none; the message names those there are.
    """
    path = INVENTORIES / f"{env}.yml"
    if path.is_file():
        return path
    known = sorted(file.stem for file in INVENTORIES.glob("*.yml"))
    close = nearest(env, known)
    advice = f'Did you mean "{close}"?' if close else "To make one, copy prod.yml and prod.py there."
    raise UnknownEnvironment(
        f'environment "{env}" does not exist: expected {shown(path)}; there are {", ".join(known) or "none"}. {advice}'
    )


@functools.cache
def settings(env: str) -> Settings:
    """The checked settings of an environment; read once a process.

    Raises
    ------
    UnknownEnvironment:
        When there is no such file.
    InputError:
        With every mistake of the file.
    """
    return load(path_of(env))
