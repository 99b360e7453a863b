"""The hosts of an environment as pyinfra's inventory takes them.

Host data is connection data and the environment's name, no setting and no secret: `pyinfra INVENTORY debug-inventory`
prints all of it. Mistakes end pyinfra with a sentence and exit code 1; pyinfra alone would go on with no hosts and exit 0.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from sams.adapters.settings import path_of, settings
from sams.adapters.ssh_transport import nodelay_transport
from sams.core.errors import SamsError
from sams.core.strict_yaml import nearest

Host = tuple[str, dict[str, Any]]


class Groups(NamedTuple):
    """The host groups of an environment."""

    mailservers: list[Host]
    auxiliary: list[Host]


def hosts(env: str) -> Groups:
    """The host groups of an environment, from its hosts file.

    Raises
    ------
    SystemExit:
        With a sentence, when the settings are wrong, the hosts file is missing or `--limit` matches nothing.
    """
    refuse_other_environment(env)
    try:
        settings(env)
        records = hosts_file.read(env)
    except SamsError as error:
        raise SystemExit(f"{error}") from error
    refuse_missing_key(env, records)
    refuse_empty_choice(env, records, _parameter("limit") or (), _parameter("exclude") or ())
    return Groups(*([host(record, env) for record in records if group in record.groups] for group in Groups._fields))


def host(record: HostRecord, env: str) -> Host:
    """One machine as pyinfra takes it: its name and how to reach it."""
    return record.name, {
        "ssh_hostname": record.public_address,
        "ssh_user": record.user,
        "ssh_key": record.key,
        "ssh_known_hosts_file": str(hosts_file.known_hosts_of(env)),
        "ssh_strict_host_key_checking": "yes",
        "ssh_paramiko_connect_kwargs": {"transport_factory": nodelay_transport},
        "_sudo": record.user != "root",
        "env": env,
        "fqdn": record.fqdn,
        "public_address": record.public_address,
        "private_address": record.private_address,
        "ipv6_address": record.ipv6_address,
    }


def refuse_other_environment(env: str) -> None:
    """End with a sentence when an inventory was copied and still names the environment that it was copied from.

    Raises
    ------
    SystemExit:
        Naming the line to change.
    """
    inventory = Path(str(_parameter("inventory") or f"{env}.py"))
    if inventory.is_file() and inventory.stem != env:
        raise SystemExit(f'{inventory} belongs to environment "{env}". Write hosts("{inventory.stem}") in it.')


def refuse_missing_inventory() -> None:
    """End with a sentence when the inventory that pyinfra was given is neither a file nor a list of hosts.

    Raises
    ------
    SystemExit:
        Naming the nearest inventory.
    """
    inventory = str(_parameter("inventory") or "")
    if Path(inventory).is_file() or not inventory or "@" in inventory or "," in inventory:
        return
    known = [f"inventories/{file.name}" for file in sorted(hosts_file.INVENTORIES.glob("*.py"))]
    close = nearest(inventory, known)
    advice = f'Did you mean "{close}"?' if close else f"There are {', '.join(known)}."
    raise SystemExit(f"inventory {inventory} does not exist. {advice}")


def refuse_missing_key(env: str, records: Sequence[HostRecord]) -> None:
    """End with a sentence when a host's private key file is gone; pyinfra would show a traceback.

    Raises
    ------
    SystemExit:
        Naming the host, the file and what makes it again.
    """
    for record in records:
        if not Path(record.key).expanduser().is_file():
            raise SystemExit(
                f"{record.name}: private key file {record.key} is missing. Put it back, or name another in machines.ssh.key "
                f"of {path_of(env)} and run: python -m provision apply --env {env}"
            )


def refuse_empty_choice(env: str, records: Sequence[HostRecord], limits: Sequence[str], excludes: Sequence[str]) -> None:
    """End with a sentence when a `--limit` or `--exclude` pattern matches nothing, or when they leave no host.

    Raises
    ------
    SystemExit:
        Naming the pattern, the hosts and the groups.
    """
    known = f"Hosts: {', '.join(record.name for record in records)}; groups: {', '.join(Groups._fields)}, all, {env}."
    for option, patterns in (("--limit", limits), ("--exclude", excludes)):
        for pattern in patterns:
            if not any(_matches(record, pattern, env) for record in records):
                raise SystemExit(f'{option} {pattern} matches no host of environment "{env}". {known}')
    chosen = [record for record in records if not limits or any(_matches(record, pattern, env) for pattern in limits)]
    if all(any(_matches(record, pattern, env) for pattern in excludes) for record in chosen):
        raise SystemExit(f'--limit and --exclude leave no host of environment "{env}". {known}')


def _matches(record: HostRecord, pattern: str, env: str) -> bool:
    return pattern in ("all", env, *record.groups) or fnmatch.fnmatch(record.name, pattern)


def _parameter(name: str) -> Any:
    """A parameter of the running pyinfra; None outside of it."""
    context = click.get_current_context(silent=True)
    return context.params.get(name) if context else None
