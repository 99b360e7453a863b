"""Vault: an OpenBao server on one auxiliary host, or a look at the existing one that the settings name."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined
from pyinfra.api.deploy import deploy
from pyinfra.context import host
from pyinfra.operations import server as system

from operations import packages, vault, vault_program, vault_server
from operations.files import ManagedFile
from operations.vault_server import ETC, HANDED_OVER, STORAGE, UNIT, Server
from sams.adapters import custody
from sams.adapters.hosts_file import HostRecord
from sams.adapters.settings import settings
from sams.adapters.vault import VaultUnavailable, server_host, server_names
from sams.core.settings import Vault
from sams.core.vault_program import PATH

HERE = Path(__file__).parent
POLICIES = {name: (HERE / "policies" / f"{name}.hcl").read_text() for name in ("operator", "deploy")}


@deploy("Vault")
def install() -> None:
    """Run the server on its host; elsewhere, and where an existing server is used, only make sure that it answers."""
    env = host.data.env
    chosen = settings(env).vault
    if chosen.address:
        vault.answers(name="The existing Vault answers")
        return
    machine = machine_of(env, chosen)
    if machine is None or machine.name != host.name:
        return
    server = Server(env, custody.path_of(env, chosen), chosen.ocikms, server_names(machine), machine.host_key, POLICIES)
    packages.installed(name="The audit log's rotation is installed", packages=["logrotate"])
    system.user(  # noqa: S604 - the login shell of the account, no command line
        name="The server's own user exists",
        user="openbao",
        system=True,
        home="/var/lib/openbao",
        shell="/usr/sbin/nologin",
        ensure_home=False,
    )
    vault_program.program(name="OpenBao is in place")
    vault_server.configured(name="Keys are saved in custody, then given to the server", server=server, configuration=configuration(machine))
    vault_server.opened(name="The server is initialised and open", server=server)
    vault_server.accessible(name="Policies and roles are as wanted", server=server)


def machine_of(env: str, chosen: Vault) -> HostRecord | None:
    """The host that runs the server; None when the environment has none."""
    try:
        return server_host(env, chosen)
    except VaultUnavailable:
        return None


def configuration(machine: HostRecord) -> list[ManagedFile]:
    """The server's files that have nothing to do with the custody file."""
    address = f"[{machine.private_address}]" if ":" in machine.private_address else machine.private_address
    # OpenBao talks to itself on a second port, on loopback alone.
    listeners = [("127.0.0.1", "127.0.0.1:8201"), (address, "127.0.0.1:8202")]
    text = rendered("openbao.hcl.j2", private_address=address, storage=STORAGE, node=machine.name, listeners=listeners)
    unit = rendered("openbao.service.j2", program=PATH, handed_over=HANDED_OVER)
    return [
        ManagedFile(f"{ETC}/openbao.hcl", text),
        ManagedFile(f"/etc/systemd/system/{UNIT}", unit),
        ManagedFile("/etc/logrotate.d/openbao", (HERE / "logrotate.conf").read_text()),
    ]


def rendered(template: str, **values: object) -> str:
    """A template of this folder with its values; a value that is not given is an error."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701
    return environment.from_string((HERE / template).read_text()).render(**values)
