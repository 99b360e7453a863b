"""The Vault of an environment, from the operator's machine.

Our own server is reached through SSH to its host, whether or not that host takes part in the run (``--limit``); an existing server that the
settings name is reached directly.
"""

from __future__ import annotations

import atexit
import functools
from pathlib import Path

import hvac
import requests

from sams.adapters import custody, hosts_file
from sams.adapters.hosts_file import HostRecord, HostsFileMissing
from sams.adapters.settings import settings
from sams.adapters.ssh_tunnel import Tunnel, https_adapter
from sams.adapters.vault_client import Document, Vault, VaultUnavailable
from sams.adapters.vault_login import by_custody, by_what_there_is
from sams.core.settings.vault import Vault as VaultSettings

__all__ = ["Document", "Vault", "VaultUnavailable", "server_host", "server_names", "vault"]

PORT = 8200
#: Seconds until an answer that does not come counts as none.
PATIENCE = 15


@functools.cache
def vault(env: str, role: str = "deploy") -> Vault:
    """The Vault of an environment; nothing is connected before the first request.

    Parameters
    ----------
    role:
        As whom to log in to our own server: ``deploy``, or ``operator`` to look after the server itself.

    Raises
    ------
    VaultUnavailable:
        When the environment has no server and names none. Requests raise it when the server cannot be used.
    """
    chosen = settings(env).vault
    return existing(env, chosen) if chosen.address else own(env, chosen, role)


def existing(env: str, chosen: VaultSettings) -> Vault:
    """The server that the settings name."""
    ca = str(Path(chosen.ca_file).expanduser()) if chosen.ca_file else True
    client = hvac.Client(url=chosen.address, verify=ca, timeout=PATIENCE, token="")
    return Vault(f"Vault at {chosen.address}", client, by_what_there_is(env, chosen), f"check vault.address and vault.ca_file of {env}")


def own(env: str, chosen: VaultSettings, role: str) -> Vault:
    """Our own server, through SSH to its host."""
    host = server_host(env, chosen)
    tunnel = Tunnel(env, host)
    atexit.register(tunnel.close)
    session = requests.Session()
    session.mount("https://", https_adapter(tunnel, "127.0.0.1", PORT))
    session.trust_env = False
    session.verify = str(custody.authority_path(custody.path_of(env, chosen)))
    client = hvac.Client(url=f"https://{server_names(host)[0]}:{PORT}", session=session, timeout=PATIENCE, token="")
    enter = by_custody(env, chosen, role)

    def login(client: hvac.Client) -> None:
        custody.save_authority(custody.path_of(env, chosen), env)
        enter(client)

    return Vault(f"Vault on {host.name}", client, login, f"pyinfra inventories/{env}.py deploys/site.py --limit {host.name}")


def server_host(env: str, chosen: VaultSettings) -> HostRecord:
    """The host that runs our own server: the one that the settings name, or the first auxiliary host.

    Raises
    ------
    VaultUnavailable:
        When there is none.
    """
    try:
        candidates = [record for record in hosts_file.read(env) if "auxiliary" in record.groups]
    except HostsFileMissing as error:
        raise VaultUnavailable(str(error)) from None
    for record in candidates:
        if chosen.host in (None, record.name):
            return record
    known = ", ".join(record.name for record in candidates) or "none"
    raise VaultUnavailable(
        f"Vault of environment {env}: expected host {chosen.host or 'of group auxiliary'}, seen {known}. "
        f"Next: give a machine the group auxiliary, or set vault.address, in inventories/{env}.yml"
    )


def server_names(host: HostRecord) -> tuple[str, ...]:
    """What our own server is called: the names in its certificate, the one that clients use first."""
    return tuple(dict.fromkeys((host.fqdn, host.name, host.private_address, "127.0.0.1", "localhost")))
