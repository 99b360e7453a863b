"""Mailcow's administrator and its own banning."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.mailcow import Administration
from operations.remote import remote_command
from operations.vault import fail_without_secrets, read_server_secrets
from sams.core.mailcow.bans import differing
from sams.core.mailcow.configuration import digest
from sams.core.mailcow.keys import ADMIN_PASSWORD, PURPOSE


@operation()
def administered(*, directory: str, bans: Mapping[str, Any]) -> Generator[PyinfraCommand, None, None]:
    """Have the administrator's password be the one in Vault, and Mailcow's own ban settings be as wanted.

    + directory: where Mailcow is installed
    + bans: ban settings in the words of Mailcow's API
    """
    found = host.get_fact(Administration, directory=directory)
    secrets = read_server_secrets(PURPOSE)
    if secrets is None:
        yield fail_without_secrets(PURPOSE)
        return
    password = secrets[ADMIN_PASSWORD]
    changes = what_changes(found or {}, digest(password), bans)
    if not changes:
        host.noop("the administrator's password and the ban settings are as wanted")
        return
    host.log(f"sets {', '.join(changes)}")
    yield remote_command("mailcow_administer", {"directory": directory, "password": password, "bans": dict(bans)})


def what_changes(found: Mapping[str, Any], password: str, bans: Mapping[str, Any]) -> list[str]:
    """The names of what has to be set."""
    changes = [] if found.get("password") == password else ["the administrator's password"]
    return changes + [f"ban setting {key}" for key in differing(found.get("bans", {}), bans)]
