"""Mailcow's domains, for people who ask by hand."""

from __future__ import annotations

from typing import Any

from sams.remote import mailcow_people as people
from sams.remote.mailcow_programs import DIRECTORY


def run(job: dict[str, Any]) -> dict[str, Any]:
    """All domains by name."""
    return {"rows": people.domains(job.get("directory", DIRECTORY))}
