"""The OpenBao server on its host: files, first start, access."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host, state

from facts.vault import ServerState
from operations import files
from operations.files import ManagedDirectory, ManagedFile
from operations.remote import fail_host, remote_command
from sams.adapters import custody as custody_file
from sams.adapters import vault_access as live_access
from sams.adapters.vault import vault
from sams.core import vault_access, vault_program
from sams.core.errors import SamsError
from sams.core.settings.vault import OciKms
from sams.core.vault_custody import Custody
from sams.core.vault_seal import seal

UNIT = "openbao.service"
ETC = "/etc/openbao"
PRIVATE = f"{ETC}/private"
SEAL_KEY = f"{PRIVATE}/seal.key"
INITIALIZE = f"{PRIVATE}/initialize.json"
#: What systemd hands the server in memory when it starts; all of it comes from the custody file.
HANDED_OVER = (SEAL_KEY, f"{PRIVATE}/seal.hcl", f"{PRIVATE}/server.key", f"{PRIVATE}/server.pem", INITIALIZE)
STORAGE = "/var/lib/openbao/raft"
RESTART_ON = (f"/etc/systemd/system/{UNIT}", ETC)
NO_CUSTODY = (
    "Vault server: expected its custody file {file}, seen none, but this host has a server already. Nothing was changed. "
    "Next: put the copy of the file back, or run where it is"
)


@dataclass(frozen=True)
class Server:
    """What the server of an environment is made from.

    `custody` is the custody file, `names` are its host names and addresses, `host_key` tells its machine from another, `policies` are texts
    by role.
    """

    env: str
    custody: Path
    ocikms: OciKms | None
    names: tuple[str, ...]
    host_key: str
    policies: Mapping[str, str]


@operation()
def configured(*, server: Server, configuration: Sequence[ManagedFile]) -> Generator[PyinfraCommand, None, None]:
    """Keep the server's secrets: saved in the custody file first, then as root's files on the host.

    + server: what the server is made from
    + configuration: its files without secrets
    """
    try:
        found = custody_file.read(server.custody, server.env)
        if why := reason_to_refuse(server, found, observed()):
            yield fail_host(why)
            return
        custody = current_custody(server)
    except SamsError as error:
        yield fail_host(str(error))
        return
    if found is None:
        host.log(f"invents what opens Vault, in {server.custody}: keep a copy of this file in a safe place")
    yield from files.managed._inner(
        directories=[ManagedDirectory(ETC), ManagedDirectory(PRIVATE, mode="700")],
        files=[*configuration, *custody_files(custody, server.ocikms)],
    )


def current_custody(server: Server) -> Custody:
    """The custody, saved if this is no plan."""
    keep = custody_file.kept if state.is_executing else custody_file.drafted
    return keep(server.custody, server.env, server.names)


def observed() -> dict[str, Any]:
    """What stands on the host; empty while our programs are not there."""
    return (
        host.get_fact(
            ServerState,
            unit=UNIT,
            restart_on=list(RESTART_ON),
            seal_key=SEAL_KEY,
            initialize=INITIALIZE,
            storage=STORAGE,
        )
        or {}
    )


def reason_to_refuse(server: Server, custody: Custody | None, found: Mapping[str, Any]) -> str:
    """Why the custody file and the host do not belong together; empty when they do. None stands for a file that is not there yet."""
    key, storage = found.get("seal_key", ""), found.get("storage", "empty")
    if custody is None:
        return NO_CUSTODY.format(file=server.custody) if key or storage == "present" else ""
    if key and key != custody.seal_key_id:
        return (
            f"Vault server: expected the seal key {custody.seal_key_id} of {server.custody}, seen {key}: this host's server was made with "
            f"another custody file. Nothing was changed. Next: put that file back as {server.custody}"
        )
    if storage == "present" and not key:
        return (
            f"Vault server: expected {SEAL_KEY} beside the data in {STORAGE}, seen none. Nothing was changed. "
            f"Next: write the seal_key of {server.custody} to {SEAL_KEY}, mode 400, if the data belongs to it"
        )
    if storage == "empty" and custody.opened_on == server.host_key:
        return (
            f"Vault server: was open on this very machine, but {STORAGE} is empty. Nothing was changed. "
            f"Next: mount its volume or restore its data; to begin anew without the old secrets, move {server.custody} away"
        )
    return ""


def custody_files(custody: Custody, ocikms: OciKms | None) -> list[ManagedFile]:
    """The server's files that come from the custody file, for root alone."""
    return [
        ManagedFile(SEAL_KEY, custody.seal_key, mode="400"),
        ManagedFile(f"{PRIVATE}/seal.hcl", seal(custody.seal_key_id, ocikms), mode="400"),
        ManagedFile(f"{PRIVATE}/server.key", custody.server.key, mode="400"),
        ManagedFile(f"{PRIVATE}/server.pem", custody.server.certificate + custody.authority.certificate, mode="400"),
        ManagedFile(f"{ETC}/ca.pem", custody.authority.certificate, mode="600"),
    ]


@operation()
def opened(*, server: Server) -> Generator[PyinfraCommand, None, None]:
    """Bring the server up, initialised and open, and keep it running with its files as they are.

    + server: what the server is made from
    """
    try:
        custody = current_custody(server)
    except SamsError as error:
        yield fail_host(str(error))
        return
    found = observed()
    if not is_open(found):
        yield remote_command("vault_open", open_job(custody, server.policies))
    if custody.opened_on != server.host_key:
        yield FunctionCommand(_remember, (server,), {})
    elif is_open(found):
        host.noop("the server runs with its files as they are and is open")


def is_open(found: Mapping[str, Any]) -> bool:
    """Whether the server is up, open, starts at boot and holds no secret of its first start any more."""
    unit = found.get("unit", {})
    runs = unit.get("active") and unit.get("enabled") and not unit.get("stale") and not unit.get("needs_daemon_reload")
    return bool(runs and found["state"] == "open" and found["initialize"] == "blank")


def open_job(custody: Custody, policies: Mapping[str, str]) -> dict[str, Any]:
    """What the host does to bring the server up."""
    operator = custody.roles["operator"]
    return {
        "unit": UNIT,
        "restart_on": list(RESTART_ON),
        "initialize": {"path": INITIALIZE, "content": vault_access.initialize(custody, policies)},
        "storage": STORAGE,
        "program": vault_program.PATH,
        "login": {"role_id": operator.role_id, "secret_id": operator.secret_id},
    }


def _remember(state: State, host: Host, server: Server) -> bool:
    """Write into the custody file on which machine the server is open."""
    custody = custody_file.kept(server.custody, server.env, server.names)
    custody_file.save(server.custody, replace(custody, opened_on=server.host_key))
    return True


@operation()
def accessible(*, server: Server) -> Generator[PyinfraCommand, None, None]:
    """Hold policies and AppRoles to what they are here; seen and mended from this machine, through SSH.

    + server: what the server is made from
    """
    try:
        changes = live_access.differences(vault(server.env, "operator"), vault(server.env), server.policies)
    except SamsError:
        changes = ["policies and roles"]
    if not changes:
        host.noop("policies and roles are as wanted")
        return
    host.log(f"changes {', '.join(changes)}")
    yield FunctionCommand(_mend_access, (server,), {})


def _mend_access(state: State, host: Host, server: Server) -> bool:
    try:
        custody = custody_file.kept(server.custody, server.env, server.names)
        live_access.mend(vault(server.env, "operator"), custody, server.policies)
        left = live_access.differences(vault(server.env, "operator"), vault(server.env), server.policies)
    except SamsError as error:
        left = [str(error)]
    for difference in left:
        host.log_styled(f"Vault server: {difference} could not be mended", fg="red", log_func=logger.error)
    return not left
