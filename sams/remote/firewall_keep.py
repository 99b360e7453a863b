"""Verb: the ruleset on trial has been proven; it is loaded at boot from now on, and the image's own filter gives way."""

from __future__ import annotations

from typing import Any

from sams.remote import atomic, firewall, guard, image_filter, systemd
from sams.remote.errors import Failed
from sams.remote.firewall_state import UNIT


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"ruleset": text}`` -> what of the image's filter was taken over."""
    ruleset: str = job["ruleset"]
    if firewall.live() != firewall.rendered(ruleset):
        raise Failed("the firewall on trial is no longer loaded: it was reverted because its proof came too late. Next: run again.")
    firewall.BOOT_FILE.parent.mkdir(mode=0o755, exist_ok=True)
    atomic.write(str(firewall.BOOT_FILE), ruleset.encode(), mode=0o644)
    guard.disarm("firewall")
    systemd.systemctl("daemon-reload")
    systemd.systemctl("enable", "--now", UNIT)
    return {"taken_over": image_filter.take_over()}
