"""The command `sams`: its groups are loaded when they are used, so that help and completion stay quick."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

from sams.core.errors import SamsError

#: Group name -> module that defines `commands`, and its line in the help.
GROUPS: Mapping[str, tuple[str, str]] = {
    "settings": ("sams.cli.settings", "Check and explain inventories/<env>.yml."),
    "users": ("sams.cli.users", "Check and explain mail_list.yml."),
}


class LazyGroups(click.Group):
    """A group whose members are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in GROUPS:
            return None
        command: click.Command = importlib.import_module(GROUPS[name][0]).commands
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in GROUPS.items()])


@click.group(cls=LazyGroups, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sams")
def commands() -> None:
    """Look at a SAMS mail service and explain it. Nothing here changes a host.

    Exit codes: 0 done, 1 error, 2 differences found, 75 waiting for something.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run `sams`; an error that the operator can mend is a message and an exit code, never a traceback."""
    try:
        return commands(arguments)
    except SamsError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
