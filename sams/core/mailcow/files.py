"""The texts of files beside mailcow.conf."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sams.core.settings.mailcow import Mailcow

MARK = "# Written by SAMS; changes here are overwritten.\n"


def override(mailcow: Mailcow) -> str:
    """docker-compose.override.yml; JSON is YAML."""
    parts: dict[str, Any] = {"services": {}}
    if mailcow.network_mtu:
        options = {"com.docker.network.driver.mtu": str(mailcow.network_mtu)}
        parts["networks"] = {"mailcow-network": {"driver_opts": options}}
    return MARK + json.dumps(parts, indent=2) + "\n"


def postfix_extra(mailcow: Mailcow, fqdn: str) -> str:
    """data/conf/postfix/extra.cf, as Mailcow leaves it: at every start it takes such a first line out and puts it back."""
    return f"myhostname = {fqdn}\n{MARK}" + lines(mailcow.postfix)


def dovecot_extra(mailcow: Mailcow) -> str:
    """data/conf/dovecot/extra.conf."""
    return MARK + lines(mailcow.dovecot)


def lines(parameters: Mapping[str, str]) -> str:
    """One parameter a line, by name."""
    return "".join(f"{key} = {value}\n" for key, value in sorted(parameters.items()))


def gate(ports: Iterable[int]) -> str:
    """The nftables table that keeps everybody outside away from Mailcow's ports.

    It drops before Docker's address translation (priority -100), in a table of its own; this host itself and its
    containers get through.
    """
    numbers = ", ".join(str(port) for port in sorted(ports))
    return f"""{MARK}table inet sams_gate
delete table inet sams_gate
table inet sams_gate {{
  chain outside {{
    type filter hook prerouting priority -150; policy accept;
    iifname {{ "lo", "docker0" }} accept
    iifname "br-*" accept
    tcp dport {{ {numbers} }} drop
  }}
}}
"""


GATE_UNIT = f"""{MARK}[Unit]
Description=Keep everybody outside away from Mailcow until its administrator has a password of ours
Before=docker.service
DefaultDependencies=yes

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/sams/mailcow-gate.nft
ExecStop=/usr/sbin/nft delete table inet sams_gate

[Install]
WantedBy=multi-user.target
"""
