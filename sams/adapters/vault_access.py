"""Policies and AppRoles of our own server, held to what `sams.core.vault_access` says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import hvac
from hvac import exceptions as hvac_errors

from sams.adapters.vault_client import Vault, VaultUnavailable
from sams.core.vault_access import role_parameters
from sams.core.vault_custody import Custody


def differences(operator: Vault, deploy: Vault, policies: Mapping[str, str]) -> list[str]:
    """What is not as wanted, by name: ``policy deploy``, ``role operator``, ``login deploy``.

    Raises
    ------
    VaultUnavailable:
        When the server cannot be used as role ``operator``.
    """
    found = [f"policy {name}" for name, text in policies.items() if operator.request(partial(_policy, name=name)) != text]
    found += [f"role {name}" for name in policies if not operator.request(partial(_is_role_current, name=name))]
    try:
        deploy.request(lambda client: client.auth.token.lookup_self())
    except VaultUnavailable:
        found.append("login deploy")
    return found


def mend(operator: Vault, custody: Custody, policies: Mapping[str, str]) -> None:
    """Write policies, roles and the login of role ``deploy`` as wanted; what is right already is written again unchanged.

    Raises
    ------
    VaultUnavailable:
        When the server cannot be used as role ``operator``.
    """
    for name, text in policies.items():
        operator.request(partial(_write_role, name=name, policy=text))
    role = custody.roles["deploy"]
    operator.request(lambda client: client.auth.approle.update_role_id("deploy", role.role_id.reveal()))
    operator.request(lambda client: _write_secret_id(client, role.secret_id.reveal()))


def _policy(client: hvac.Client, name: str) -> str:
    try:
        return str(client.sys.read_acl_policy(name)["data"]["policy"])
    except hvac_errors.InvalidPath:
        return ""


def _is_role_current(client: hvac.Client, name: str) -> bool:
    try:
        found: dict[str, Any] = client.auth.approle.read_role(name)["data"]
    except hvac_errors.InvalidPath:
        return False
    return all(_plain(found.get(key)) == _plain(value) for key, value in role_parameters(name).items())


def _plain(value: Any) -> Any:
    """Addresses without the prefix of a single host, which the server leaves out."""
    return [str(item).removesuffix("/32") for item in value] if isinstance(value, list) else value


def _arguments(name: str) -> dict[str, Any]:
    """The role's parameters as hvac takes them."""
    return {key: str(value) if key.endswith("_ttl") else value for key, value in role_parameters(name).items()}


def _write_role(client: hvac.Client, name: str, policy: str) -> None:
    client.sys.create_or_update_acl_policy(name, policy)
    client.auth.approle.create_or_update_approle(name, **_arguments(name))


def _write_secret_id(client: hvac.Client, secret_id: str) -> None:
    """Give role ``deploy`` this secret id; a server that has it already says so."""
    try:
        client.auth.approle.create_custom_secret_id("deploy", secret_id)
    except hvac_errors.VaultError as error:  # an internal server error, of all things
        if "already registered" not in str(error):
            raise
