"""Mailcow's own files at a pinned release."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.mailcow import Source
from operations.remote import remote_command


@operation()
def checked_out(*, directory: str, repository: str, tag: str) -> Generator[PyinfraCommand, None, None]:
    """Have a release of Mailcow checked out on a local branch; edits of its files are saved first, Rspamd's maps kept.

    + directory: where
    + repository: git repository it comes from
    + tag: the release
    """
    job = {"directory": directory, "repository": repository, "tag": tag}
    found = host.get_fact(Source, **job)
    if found and found["current"]:
        host.noop(f"{directory} is at {tag}")
        return
    yield remote_command("mailcow_checkout", job)
