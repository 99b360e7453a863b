"""Custody: everything that opens the Vault server, invented by us and saved before the server sees it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sams.core.secret import Secret, invent
from sams.core.vault_certificates import Pair, is_current, new_authority, new_server

FORMAT = 1
ROLES = ("operator", "deploy")
#: Characters of a role id and a secret id (letters and digits, 5.95 bits each).
ID_LENGTH = 40


@dataclass(frozen=True)
class AppRole:
    """What logs in: a role id and a secret id."""

    role_id: Secret
    secret_id: Secret


@dataclass(frozen=True)
class Custody:
    """What opens the Vault server of an environment.

    `seal_key` is 32 random bytes as 64 hexadecimal digits. `opened_on` is the SSH host key of the machine that was seen open first: it
    tells a machine that lost its data from a new machine. It is empty until then.
    """

    env: str
    seal_key: Secret
    authority: Pair
    server: Pair
    roles: Mapping[str, AppRole]
    opened_on: str = ""

    @property
    def seal_key_id(self) -> str:
        """The key's name, made from the key: a digest that tells nothing about it."""
        return fingerprint(self.seal_key.reveal().encode())


def fingerprint(key: bytes) -> str:
    """The first 16 hexadecimal digits of a key file's SHA-256."""
    return hashlib.sha256(key).hexdigest()[:16]


def invented(env: str, names: Sequence[str], now: datetime) -> Custody:
    """A new custody; `names` are the server's host names and addresses."""
    authority = new_authority(env, now)
    roles = {role: AppRole(invent(ID_LENGTH), invent(ID_LENGTH)) for role in ROLES}
    return Custody(env, Secret(secrets.token_hex(32)), authority, new_server(authority, names, now), roles)


def with_current_certificate(custody: Custody, names: Sequence[str], now: datetime) -> Custody:
    """The same custody, with a new server certificate if the names changed or its time is running out."""
    if is_current(custody.server, names, now):
        return custody
    return replace(custody, server=new_server(custody.authority, names, now))


def to_text(custody: Custody) -> str:
    """The custody file's text; it holds every secret."""
    document = {
        "format": FORMAT,
        "about": "Opens the Vault server of SAMS. Keep a copy in a safe place; whoever has it can read every secret.",
        "env": custody.env,
        "opened_on": custody.opened_on,
        "seal_key": custody.seal_key.reveal(),
        "authority": _pair_to_plain(custody.authority),
        "server": _pair_to_plain(custody.server),
        "roles": {name: {"role_id": role.role_id.reveal(), "secret_id": role.secret_id.reveal()} for name, role in custody.roles.items()},
    }
    return json.dumps(document, indent=2) + "\n"


def from_text(text: str) -> Custody:
    """The custody in a file's text.

    Raises
    ------
    ValueError, KeyError, TypeError:
        When the text is not a custody file; the message holds nothing of its content.
    """
    document: dict[str, Any] = json.loads(text)
    if document["format"] != FORMAT:
        raise ValueError(f"format {FORMAT} is known, the file has another")
    roles = {name: AppRole(Secret(ids["role_id"]), Secret(ids["secret_id"])) for name, ids in document["roles"].items()}
    if missing := set(ROLES) - set(roles):
        raise ValueError(f"roles {sorted(missing)} are missing")
    pairs = {name: Pair(document[name]["certificate"], Secret(document[name]["key"])) for name in ("authority", "server")}
    return Custody(document["env"], Secret(document["seal_key"]), pairs["authority"], pairs["server"], roles, document["opened_on"])


def _pair_to_plain(pair: Pair) -> dict[str, str]:
    return {"certificate": pair.certificate, "key": pair.key.reveal()}
