"""`python -m tests.lab up|down|status --env docker`; MAILCOW=upstream leaves registry and repository to the real ones."""

from __future__ import annotations

import os

import click

from sams.core.errors import SamsError
from tests.lab import lab

environment = click.option("--env", default="docker", show_default=True, help="The environment of the test hosts.")


@click.group()
def main() -> None:
    """What test hosts find in their network instead of the Internet."""


@main.command()
@environment
def up(env: str) -> None:
    """Start what is missing and make the hosts trust it."""
    try:
        lab.up(env, upstream=os.environ.get("MAILCOW") == "upstream", say=click.echo)
    except SamsError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@environment
def down(env: str) -> None:
    """Remove the lab's containers."""
    lab.down(env, click.echo)


@main.command()
@environment
def status(env: str) -> None:
    """Say what runs."""
    for kind, state, known_as in lab.status(env):
        click.echo(f"{kind:10} {state:10} {known_as}")


if __name__ == "__main__":
    main()
