"""Who may do what in Vault: the secrets engine, the policies and the AppRoles, as requests that OpenBao takes.

The same description serves twice: as the ``initialize`` stanza, which OpenBao carries out once on its first start
(https://openbao.org/docs/configuration/self-init/), and as the state that later runs hold the server to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sams.core.secret import Secret
from sams.core.vault_custody import AppRole, Custody

MOUNT = "secret"
LOOPBACK = ["127.0.0.1/32"]
#: Life of a login in seconds. Both roles log in through SSH only, so the server sees loopback.
TOKEN_LIFE = 20 * 60
LONGEST_TOKEN_LIFE = 4 * 60 * 60


def role_parameters(name: str) -> dict[str, Any]:
    """How a role's logins are bounded."""
    return {
        "token_policies": [name],
        "token_ttl": TOKEN_LIFE,
        "token_max_ttl": LONGEST_TOKEN_LIFE,
        "token_bound_cidrs": LOOPBACK,
        "secret_id_bound_cidrs": LOOPBACK,
        "secret_id_ttl": 0,
        "secret_id_num_uses": 0,
    }


def initialize(custody: Custody, policies: Mapping[str, str]) -> Secret:
    """The ``initialize`` stanza as JSON; the login of role ``operator`` comes last, so whoever can log in finds everything else done."""
    requests = [
        _request("secrets", f"sys/mounts/{MOUNT}", {"type": "kv", "options": {"version": "2"}}),
        _request("approle", "sys/auth/approle", {"type": "approle"}),
        *(_request(f"policy_{name}", f"sys/policies/acl/{name}", {"policy": text}) for name, text in policies.items()),
        *(request for name in ("deploy", "operator") for request in _role(name, custody.roles[name])),
    ]
    return Secret(json.dumps({"initialize": [{"sams": {"request": requests}}]}) + "\n")


def _role(name: str, role: AppRole) -> Iterator[dict[str, Any]]:
    path = f"auth/approle/role/{name}"
    yield _request(f"role_{name}", path, role_parameters(name))
    yield _request(f"role_id_{name}", f"{path}/role-id", {"role_id": role.role_id.reveal()})
    yield _request(f"secret_id_{name}", f"{path}/custom-secret-id", {"secret_id": role.secret_id.reveal()})


def _request(name: str, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"operation": "update", "path": path, "data": dict(data)}}
