"""`sams settings`: the environment file."""

from __future__ import annotations

from pathlib import Path

import click

from sams.adapters.settings import path_of
from sams.cli import input_file, options
from sams.core.settings import Settings
from sams.core.settings.load import load


@click.group()
def commands() -> None:
    """Check and explain inventories/<env>.yml."""


@commands.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@options.env
@options.as_json
def check(file: Path | None, env: str, as_json: bool) -> None:
    """Check FILE, or the file of an environment, and show every mistake."""
    input_file.check(file or path_of(env), load, summary, as_json)


@commands.command()
@options.as_json
def schema(as_json: bool) -> None:
    """Print every setting with its type, default and meaning."""
    input_file.schema(Settings, as_json)


def summary(settings: Settings) -> str:
    """The environment in one line."""
    hosts = ", ".join(f"{name} ({', '.join(host.groups)})" for name, host in settings.machines.hosts.items())
    return f"{settings.machines.provider}: {hosts}"
