"""Changes that could lock the operator out: load on trial, prove a new login, keep; a timer on the host undoes what is not kept."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.ssh import SSHConnector

from operations.remote import remote_command
from sams.adapters.remote_archive import LINK

#: How long a new login is tried, in seconds: a server that reads its configuration anew
#: does not answer for a moment. Shorter than the timer.
PATIENCE = 15


def on_trial(change: str, job: Mapping[str, Any]) -> Generator[PyinfraCommand, None, None]:
    """Run the verbs ``<change>_try`` and, when a new login works, ``<change>_keep``."""
    yield remote_command(f"{change}_try", job)
    yield FunctionCommand(_new_login_works, (change,), {})
    yield remote_command(f"{change}_keep", job)


def _new_login_works(state: State, host: Host, change: str) -> bool:
    """Open a second connection as the first one was opened; where it fails, undo the change through the first one at once.

    Hosts that are not reached by SSH have nobody to lock out that way, so there the change counts as proven.
    """
    if not isinstance(host.connector, SSHConnector):
        return True
    deadline = time.monotonic() + PATIENCE
    while why := _why_no_login(state, host):
        if time.monotonic() > deadline:
            _undo(host, change, why)
            return False
        time.sleep(0.3)
    return True


def _why_no_login(state: State, host: Host) -> str:
    """Why a new login does not work; empty when it does."""
    second = SSHConnector(state, host)
    try:
        second.connect()
        answered, _ = second.run_shell_command(StringCommand("true"))
    except ConnectError as error:
        return str(error)
    finally:
        if second.client is not None:
            second.client.close()
    return "" if answered else "the session opened, but a command failed in it"


def _undo(host: Host, change: str, why: str) -> None:
    command = StringCommand("python3", LINK, "revert", QuoteString(json.dumps({"change": change})))
    reverted, _ = host.run_shell_command(command, _sudo=bool(host.data.get("_sudo")))
    fate = "It was undone." if reverted else "It undoes itself within two minutes."
    message = (
        f"{change}: expected a new login to work after the change, seen: {why}. {fate} "
        f"Next: look at base.{change} in the settings, then run again."
    )
    host.log_styled(message, fg="red", log_func=logger.error)
