"""How a client of Vault gets its token: from what the operator has, in a fixed order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hvac
from hvac import exceptions as hvac_errors

from sams.adapters import custody
from sams.adapters.vault_client import VaultUnavailable
from sams.core.secret import Secret
from sams.core.settings.vault import Vault as VaultSettings
from sams.core.vault_custody import AppRole

Login = Callable[[hvac.Client], None]


def by_custody(env: str, settings: VaultSettings, role: str) -> Login:
    """Log in to our own server, as this role of the custody file."""

    def login(client: hvac.Client) -> None:
        path = custody.path_of(env, settings)
        found = custody.read(path, env)
        if found is None:
            raise VaultUnavailable(
                f"Vault of environment {env}: expected its custody file {path}, seen none. Next: if the server was never deployed, "
                f"pyinfra inventories/{env}.py deploys/site.py; otherwise put the file's copy back"
            )
        log_in(client, found.roles[role], f"the custody file {path}")

    return login


def by_what_there_is(env: str, settings: VaultSettings) -> Login:
    """Log in to an existing server: token file, ``VAULT_TOKEN``, AppRole files, custody file, the first that is there."""

    def login(client: hvac.Client) -> None:
        for token, source in tokens(settings):
            client.token = token.reveal()
            refuse_dead_token(client, source)
            return
        role, source = approle_of(env, settings)
        log_in(client, role, source)

    return login


def tokens(settings: VaultSettings) -> Iterator[tuple[Secret, str]]:
    """The tokens that the operator has, each with where it comes from."""
    file = Path(settings.token_file).expanduser()
    if text := text_of(file):
        yield Secret(text), f"the token file {file}"
    if text := os.environ.get("VAULT_TOKEN", "").strip():
        yield Secret(text), "VAULT_TOKEN"


def approle_of(env: str, settings: VaultSettings) -> tuple[AppRole, str]:
    """The AppRole from its two files or, failing that, from the custody file.

    Raises
    ------
    VaultUnavailable:
        When there is neither; the message lists where was looked.
    """
    if settings.role_id_file and settings.secret_id_file:
        ids = [text_of(Path(name).expanduser()) for name in (settings.role_id_file, settings.secret_id_file)]
        if all(ids):
            return AppRole(*map(Secret, ids)), f"the AppRole files {settings.role_id_file} and {settings.secret_id_file}"
    path = custody.path_of(env, settings)
    if found := custody.read(path, env):
        return found.roles["deploy"], f"the custody file {path}"
    raise VaultUnavailable(
        f"Vault at {settings.address}: no credentials; looked for {settings.token_file}, VAULT_TOKEN, vault.role_id_file with "
        f"vault.secret_id_file, {path}. Next: bao login -address={settings.address}"
    )


def log_in(client: hvac.Client, role: AppRole, source: str) -> None:
    """Log in as an AppRole.

    Raises
    ------
    VaultUnavailable:
        When the server refuses the ids; the message names where they come from.
    """
    try:
        client.auth.approle.login(role.role_id.reveal(), role.secret_id.reveal())
    except (hvac_errors.InvalidRequest, hvac_errors.Forbidden, hvac_errors.InvalidPath) as error:
        raise VaultUnavailable(
            f"Vault at {client.url}: refuses the role id and secret id of {source} ({type(error).__name__}). "
            f"Next: make sure that this file belongs to this server"
        ) from None


def refuse_dead_token(client: hvac.Client, source: str) -> None:
    """Stop with a sentence when the token has run out.

    Raises
    ------
    VaultUnavailable:
        Naming where the token comes from.
    """
    try:
        client.auth.token.lookup_self()
    except hvac_errors.Forbidden:
        client.token = None
        raise VaultUnavailable(
            f"Vault at {client.url}: refuses the token of {source}: it is wrong or has run out. Next: bao login -address={client.url}"
        ) from None


def text_of(path: Path) -> str:
    """A small file's text without white space around it; empty when there is no such file."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""
