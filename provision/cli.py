"""`python -m provision`: machines from the settings.

Exit codes: 0 done or nothing to do, 1 error, 2 the plan has differences, 75 another command is at work.
Providers and the settings are loaded only by the commands that need them: `--help` and `output` answer at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from sams.adapters import hosts_file
from sams.core.errors import SamsError

if TYPE_CHECKING:
    from provision.environment import Environment

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Machines of an environment: what inventories/ENV.yml asks for, made by the provider that it names."""


def common(command: Command) -> Command:
    """The options of every command."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output; progress goes to standard error."),
        click.option("--env", default="prod", envvar="SAMS_ENV", show_default=True, show_envvar=True, help="The environment."),
    ):
        command = option(command)
    return command


def consents(command: Command) -> Command:
    """The options that allow what a plan refuses by itself."""
    for option in (
        click.option("--remove", multiple=True, metavar="NAME", help="Machine that may be removed, with its own disk."),
        click.option("--replace", multiple=True, metavar="NAME", help="Machine to make anew; its own disk is lost, data volumes stay."),
    ):
        command = option(command)
    return command


@cli.command("plan")
@common
@consents
def plan_command(env: str, as_json: bool, replace: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Show what `apply` would change; exit code 2 when there is something."""
    plan = _environment(env).plan(replace, remove)
    _show_plan(env, plan, as_json)
    sys.exit(2 if plan.changes else 0)


@cli.command("apply")
@common
@consents
def apply_command(env: str, as_json: bool, replace: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Make the machines as the settings say; ends when every one answers SSH, and writes the hosts file."""
    records = _environment(env).apply(replace, remove, _say)
    _show_hosts(env, records, as_json)


@cli.command("destroy")
@common
@click.option("--purge", is_flag=True, help="Remove data volumes too, with everything on them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def destroy_command(env: str, as_json: bool, purge: bool, yes: bool) -> None:
    """Remove the machines; says what is removed and what is kept, and asks."""
    environment = _environment(env)
    plan = environment.removal(purge)
    _show_plan(env, plan, as_json)
    if plan.changes and not yes:
        click.confirm(f"Remove all this from environment {env}?", abort=True, err=True)
    environment.destroy(plan, _say)


@cli.command("output")
@common
def output_command(env: str, as_json: bool) -> None:
    """Show the machines as the last `apply` left them, and how to reach them."""
    _show_hosts(env, hosts_file.read(env), as_json)


@cli.command("inventory")
@common
@click.option("--repin", multiple=True, metavar="NAME", help="Machine whose pinned host key is forgotten and taken anew.")
def inventory_command(env: str, as_json: bool, repin: tuple[str, ...]) -> None:
    """Write the hosts file again from the tags of the machines alone."""
    _show_hosts(env, _environment(env).inventory(frozenset(repin), _say), as_json)


def main() -> NoReturn:
    """Run a command; every expected error is a sentence, and a wrong option is an error like any other (exit code 1)."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(_fail("stopped; run the same command again to go on", 1))
    except click.ClickException as error:
        sys.exit(_fail(error.format_message(), 1))
    except SamsError as error:
        sys.exit(_fail(str(error), error.exit_code))
    sys.exit(0)


def _environment(env: str) -> Environment:
    from provision.environment import Environment

    return Environment.named(env)


def _say(line: str) -> None:
    click.echo(f"  {line}", err=True)


def _fail(message: str, code: int) -> int:
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": message, "exit_code": code}))
    else:
        click.echo(message, err=True)
    return code


def _show_plan(env: str, plan: Any, as_json: bool) -> None:
    if as_json:
        changes = [{**asdict(change), "kind": change.resource.kind} for change in plan.changes]
        kept = [{**asdict(resource), "kind": resource.kind} for resource in plan.kept]
        click.echo(json.dumps({"env": env, "changes": changes, "kept": kept}, indent=2))
        return
    for change in plan.changes:
        click.echo(f"  {change}" + (f"; needs {change.needs}" if change.needs else ""))
    for resource in plan.kept:
        click.echo(f"  keep {resource.kind} {resource.name}")
    count = len(plan.changes)
    click.echo(f"{env}: {count} change{'' if count == 1 else 's'}" if count else f"{env}: nothing to change")


def _show_hosts(env: str, records: Iterable[hosts_file.HostRecord], as_json: bool) -> None:
    rows = list(records)
    if as_json:
        click.echo(json.dumps([asdict(record) for record in rows], indent=2))
        return
    for record in rows:
        click.echo(f"{record.name}  {record.fqdn}  {','.join(record.groups)}  {record.architecture}")
        click.echo(f"  ssh -i {record.key} -o UserKnownHostsFile={hosts_file.known_hosts_of(env)} {record.user}@{record.public_address}")
