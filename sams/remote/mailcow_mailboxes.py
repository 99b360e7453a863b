"""Mailcow's mailboxes, for people who ask by hand."""

from __future__ import annotations

from typing import Any

from sams.remote import mailcow_people as people
from sams.remote.mailcow_programs import DIRECTORY


def run(job: dict[str, Any]) -> dict[str, Any]:
    """All mailboxes, or those of the domains in ``domains``."""
    return {"rows": people.mailboxes(job.get("directory", DIRECTORY), job.get("domains"))}
