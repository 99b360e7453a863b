"""Secrets of servers, kept in Vault: read and written from this machine when the operation runs, never part of a plan."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from operations.remote import fail_host
from sams.adapters.vault import vault
from sams.core.errors import SamsError
from sams.core.secret import Secret, invent

#: How often a document is read again when somebody else wrote it in between.
TRIES = 5


def path_of(host_name: str, purpose: str) -> str:
    """Where a server's secrets for a purpose stand below ``secret/``."""
    return f"mail/servers/{host_name}/{purpose}"


@operation()
def server_secrets(*, purpose: str, keys: Mapping[str, int]) -> Generator[PyinfraCommand, None, None]:
    """Make sure that Vault holds this host's secrets for a purpose; what is missing is invented, what is there stays.

    + purpose: what they are for, such as ``mailcow``: the last part of their path
    + keys: name of each secret -> its length in characters (letters and digits)
    """
    path = path_of(host.name, purpose)
    try:
        missing = missing_keys(vault(host.data.env).read(path) or {}, keys)
    except SamsError:
        missing = sorted(keys)
    if not missing:
        host.noop(f"secret/{path} holds {len(keys)} secrets")
        return
    host.log(f"invents {', '.join(missing)} for secret/{path}")
    yield FunctionCommand(_complete, (path, dict(keys)), {})


def missing_keys(found: Mapping[str, Secret], keys: Mapping[str, int]) -> list[str]:
    """The names that a document lacks."""
    return sorted(set(keys) - set(found))


def _complete(state: State, host: Host, path: str, keys: Mapping[str, int]) -> bool:
    """Add what is missing to a document by check-and-set, so that nothing that is there changes."""
    try:
        store = vault(host.data.env)
        for _ in range(TRIES):
            document = store.document(path)
            found, version = (document.values, document.version) if document else ({}, 0)
            missing = missing_keys(found, keys)
            if not missing or store.write(path, {**found, **{name: invent(keys[name]) for name in missing}}, version):
                return True
        why = f"secret/{path}: somebody else writes it all the time. Next: run again when no other run is under way"
    except SamsError as error:
        why = str(error)
    host.log_styled(why, fg="red", log_func=logger.error)
    return False


def read_server_secrets(purpose: str) -> dict[str, Secret] | None:
    """This host's secrets for a purpose; None when they cannot be read now.

    For bodies of operations. In a plan of a fresh environment there is no Vault yet: plan as if everything were to be done. When the
    operation runs and this is still None, yield `fail_without_secrets`.
    """
    try:
        return vault(host.data.env).read(path_of(host.name, purpose))
    except SamsError:
        return None


def fail_without_secrets(purpose: str) -> FunctionCommand:
    """A command that fails this host, saying why its secrets cannot be read and what to do."""
    path = path_of(host.name, purpose)
    try:
        vault(host.data.env).read(path)
    except SamsError as error:
        return fail_host(str(error))
    return fail_host(
        f"secret/{path}: expected the secrets of this host, seen none. Next: pyinfra inventories/{host.data.env}.py deploys/site.py"
    )


@operation()
def answers() -> Generator[PyinfraCommand, None, None]:
    """Make sure that Vault can be used from this machine, before anything that needs it."""
    try:
        vault(host.data.env).list("mail/")
    except SamsError as error:
        yield fail_host(str(error))
        return
    host.noop("Vault answers")
