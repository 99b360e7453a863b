"""The hosts of an environment as pyinfra's inventory takes them.

Host data is connection data and the environment's name, no setting and no secret: `pyinfra INVENTORY debug-inventory`
prints all of it. Mistakes end pyinfra with a sentence and exit code 1; pyinfra alone would go on with no hosts and exit 0.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord, HostsFileMissing
from sams.adapters.settings import settings
from sams.adapters.ssh_transport import nodelay_transport
from sams.core.errors import SamsError

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
    try:
        settings(env)
        records = hosts_file.read(env)
    except (SamsError, HostsFileMissing) as error:
        raise SystemExit(f"{error}") from error
    refuse_empty_limit(env, records, _limits())
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
    }


def refuse_empty_limit(env: str, records: Sequence[HostRecord], limits: Sequence[str]) -> None:
    """End with a sentence when one of the `--limit` patterns names no host and no group.

    Raises
    ------
    SystemExit:
        Naming the pattern, the hosts and the groups.
    """
    names = [record.name for record in records]
    groups = ["all", env, *dict.fromkeys(group for record in records for group in record.groups)]
    for limit in limits:
        if limit not in groups and not fnmatch.filter(names, limit):
            raise SystemExit(
                f'--limit {limit} matches no host of environment "{env}". '
                f"Hosts: {', '.join(names)}; groups: {', '.join(groups)}"
            )


def _limits() -> Sequence[str]:
    """The `--limit` options of the running pyinfra; none outside of it."""
    context = click.get_current_context(silent=True)
    return tuple(context.params.get("limit") or ()) if context else ()
