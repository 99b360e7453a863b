"""Verb: what the host firewall is, and what else filters on this host."""

from __future__ import annotations

from typing import Any

from sams.remote import commands, firewall, image_filter, ssh_server, systemd

UNIT = "sams-firewall.service"


def run(_job: dict[str, Any]) -> dict[str, Any]:
    """``{}`` -> boot file, whether the kernel has exactly that, SSH ports, other firewalls, and the image's own filter."""
    boot = firewall.confirmed()
    unit = systemd.properties(UNIT)
    return {
        "confirmed": boot,
        "loaded": bool(boot) and firewall.live() == firewall.rendered(boot),
        "at_boot": unit.get("UnitFileState") == "enabled" and unit.get("ActiveState") == "active",
        "ssh_ports": ssh_server.ports(),
        "rivals": rivals(),
        "image": image_filter.state(),
    }


def rivals() -> list[str]:
    """Front ends that are active and would fight with Docker and with us."""
    found = []
    if "Status: active" in commands.run("ufw", "status").stdout:
        found.append("ufw")
    if commands.succeeds("systemctl", "--quiet", "is-active", "firewalld.service"):
        found.append("firewalld")
    return found
