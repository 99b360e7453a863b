"""The SSH server."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.machine import SshServer
from operations.on_trial import on_trial


@operation()
def hardened(*, drop_in: str) -> Generator[PyinfraCommand, None, None]:
    """Make this drop-in take effect, proven by a new login; sessions that are open stay.

    + drop_in: lines of ``sshd_config``
    """
    found = host.get_fact(SshServer)
    if found and found["drop_in"] == found["confirmed"] == drop_in:
        host.noop("SSH is hardened")
        return
    yield from on_trial("ssh", {"drop_in": drop_in})
