"""Verb: time zone, clock, swap and kernel settings as they are."""

from __future__ import annotations

from typing import Any

from sams.remote import machine


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"sysctls": [names]}``."""
    return machine.summary(job["sysctls"])
