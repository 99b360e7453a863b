"""The hosts file of an environment: what `provision` made, for everything that connects to it.

``inventories/.<env>.hosts.json``, git-ignored, 0600, written by rename. It holds no secret: names, addresses and the pinned host keys.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sams.core.errors import SamsError

ROOT = Path(__file__).resolve().parent.parent.parent
INVENTORIES = ROOT / "inventories"


@dataclass(frozen=True)
class HostRecord:
    """One machine as it is: how to reach it and how to know it."""

    name: str
    groups: tuple[str, ...]
    fqdn: str
    public_address: str
    private_address: str
    user: str
    key: str
    host_key: str
    architecture: str
    provider_id: str
    ipv6_address: str = ""


class HostsFileMissing(SamsError):
    """The environment has no hosts file yet."""


class HostsFileDamaged(SamsError):
    """The hosts file is there but holds something else."""


def path_of(env: str) -> Path:
    """Where the hosts file of an environment stands."""
    return INVENTORIES / f".{env}.hosts.json"


def known_hosts_of(env: str) -> Path:
    """Where the pinned host keys stand, in OpenSSH's format."""
    return INVENTORIES / f".{env}.known_hosts"


def key_of(env: str) -> Path:
    """Where the SSH key of an environment stands whose settings name none."""
    return INVENTORIES / f".{env}.key"


def lock_of(env: str) -> Path:
    """The file whose lock a command holds while it changes the machines of an environment."""
    return INVENTORIES / f".{env}.lock"


def read(env: str) -> tuple[HostRecord, ...]:
    """The machines of an environment.

    Raises
    ------
    HostsFileMissing
        When `provision` has not made the machines yet.
    HostsFileDamaged
        When it was cut short, or written by another version of SAMS.
    """
    try:
        rows = json.loads(path_of(env).read_text())
        return tuple(HostRecord(**{**row, "groups": tuple(row["groups"])}) for row in rows)
    except FileNotFoundError:
        raise HostsFileMissing(
            f"environment {env!r} has no machines yet: expected {path_of(env)}. Next: python -m provision apply --env {env}"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise HostsFileDamaged(
            f"{path_of(env)} is damaged ({error}). It can be written again. Next: python -m provision inventory --env {env}"
        ) from error


def read_or_none(env: str) -> tuple[HostRecord, ...]:
    """The machines of an environment; none when `provision` has not made them yet."""
    try:
        return read(env)
    except HostsFileMissing:
        return ()


def write(env: str, records: Sequence[HostRecord]) -> None:
    """Write the known hosts and then the hosts file, each by rename, readable by the operator alone."""
    replace(known_hosts_of(env), "".join(_known_host(record) for record in records))
    replace(path_of(env), json.dumps([asdict(record) for record in records], indent=2) + "\n")


def forget(env: str) -> None:
    """Remove the hosts file and the known hosts: the machines are gone."""
    path_of(env).unlink(missing_ok=True)
    known_hosts_of(env).unlink(missing_ok=True)


def _known_host(record: HostRecord) -> str:
    names = dict.fromkeys(name for name in (record.public_address, record.private_address, record.ipv6_address) if name)
    return f"{','.join(names)} {record.host_key}\n"


def replace(path: Path, text: str) -> None:
    """Write a file 0600 so that it is whole or as before."""
    descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    Path(new).replace(path)
