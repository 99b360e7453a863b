"""Verb: load a new ruleset on trial. It is undone by a timer unless `firewall_keep` follows."""

from __future__ import annotations

from typing import Any

from sams.remote import firewall, guard


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"ruleset": text}``."""
    firewall.rendered(job["ruleset"])
    guard.arm("firewall")
    firewall.load(job["ruleset"])
    return {"on_trial": True}
