"""mailcow.conf: secrets from Vault, everything else from settings."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Mapping
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from facts.mailcow import Configuration
from operations.mailcow.preflight import NOT_YET
from operations.remote import fail_host, remote_command
from operations.vault import fail_without_secrets, path_of, read_server_secrets
from sams.adapters.vault import vault
from sams.core.errors import SamsError
from sams.core.mailcow.configuration import decide, writable
from sams.core.mailcow.keys import PURPOSE, SECRETS, VAULT_KEYS
from sams.core.secret import Secret, invent
from sams.remote import mailcow_conf

PATIENCE_SECONDS = 30


def observed(directory: str, tag: str, public: Mapping[str, str]) -> dict[str, Any] | None:
    """The configuration as it stands on the host; none on a host without ``remote.pyz``."""
    return host.get_fact(Configuration, directory=directory, tag=tag, public=list(public), secret=list(SECRETS))


@operation()
def secrets_taken_over(*, directory: str, tag: str) -> Generator[PyinfraCommand, None, None]:
    """Take the secrets of a Mailcow that is older than our Vault into Vault, before new ones are invented for it.

    + directory: where Mailcow is installed
    + tag: its release
    """
    found = observed(directory, tag, {})
    if not found or not (found["volumes"] and found["exists"]):
        host.noop("no Mailcow from before our time")
        return
    if read_server_secrets(PURPOSE) is not None:
        host.noop("Vault has the secrets of this Mailcow")
        return
    yield FunctionCommand(take_over, (directory,), {})


def take_over(state: State, host: Host, directory: str) -> bool:
    """Read mailcow.conf over SSH, as a file and past pyinfra's output, and keep its secrets in Vault; what it lacks is invented."""
    path = path_of(host.name, PURPOSE)
    try:
        found = mailcow_conf.parse(fetched(host, f"{directory}/mailcow.conf"))
        values = {key: Secret(found[key]) if found.get(key) else invent(length) for key, length in VAULT_KEYS.items()}
        created = vault(host.data.env).create(path, values)
    except (SamsError, OSError) as error:
        host.log_styled(f"mailcow.conf: expected its secrets to go into Vault at {path}, seen: {error}", fg="red", log_func=logger.error)
        return False
    host.log(f"took the secrets of mailcow.conf over into Vault at {path}" if created else f"Vault has {path} already")
    return True


def fetched(host: Host, path: str) -> str:
    """The content of a file that only root can read.

    Raises
    ------
    OSError:
        When it cannot be read.
    """
    client = getattr(host.connector, "client", None)
    if client is None:
        raise OSError("this connector has no SSH connection")
    sudo = "sudo -n " if host.data.get("_sudo") else ""
    _, output, errors = client.exec_command(f"{sudo}cat -- {shlex.quote(path)}", timeout=PATIENCE_SECONDS)
    text: str = output.read().decode()
    if output.channel.recv_exit_status() != 0:
        raise OSError(errors.read().decode().strip())
    return text


@operation()
def configured(
    *, directory: str, tag: str, hostname: str, time_zone: str, antivirus: bool, public: Mapping[str, str]
) -> Generator[PyinfraCommand, None, None]:
    """Have mailcow.conf generated once and brought to the wanted values; keys that we do not know stay as they are.

    + directory: where Mailcow is installed
    + tag: its release, for the version file
    + hostname: Mailcow's own full name
    + time_zone: name of the time zone
    + antivirus: whether ClamAV runs
    + public: wanted values that are no secrets
    """
    found = observed(directory, tag, public)
    secrets = read_server_secrets(PURPOSE)
    job = {"directory": directory, "tag": tag, "hostname": hostname, "timezone": time_zone, "antivirus": antivirus}
    if found is None or secrets is None:
        yield fail_without_secrets(PURPOSE) if secrets is None else fail_host(NOT_YET)
        return
    wanted = {key: secrets[key] for key in SECRETS}
    decision = decide(found, public, wanted)
    if decision.refusals:
        yield fail_host("\n".join(decision.refusals))
    elif decision.changes:
        host.log(f"writes {', '.join(decision.changes)}")
        yield remote_command("mailcow_configure", {**job, "values": writable({**public, **wanted}, volumes=found["volumes"])})
    else:
        host.noop("mailcow.conf is as wanted")
