"""Settings of Fail2Ban."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field, field_validator

from sams.core.settings.model import Section

#: The widest network that may be excepted from bans, as prefix lengths of IPv4 and IPv6.
WIDEST = {4: 8, 6: 16}


class Jail(Section):
    """When one service bans an address."""

    maxretry: int = Field(ge=1, le=100, description="Failures from one address after which it is banned.")
    findtime_minutes: int = Field(default=10, ge=1, le=1440, description="Time in which these failures are counted, in minutes.")
    bantime_minutes: int = Field(default=60, ge=1, le=43200, description="Length of the first ban, in minutes; it doubles with each ban.")


class RepeatOffenders(Section):
    """When an address that was banned again and again is kept from every port."""

    maxretry: int = Field(default=5, ge=2, le=100, description="Bans of one address, by any jail, after which it is kept from all ports.")
    findtime_hours: int = Field(default=24, ge=1, le=720, description="Time in which these bans are counted, in hours.")
    bantime_hours: int = Field(default=168, ge=1, le=8760, description="Length of that ban, in hours.")


class Fail2Ban(Section):
    """Settings of Fail2Ban."""

    allow: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="The operator's addresses and networks, never banned by Fail2Ban nor by Mailcow. Own addresses, loopback and "
        "Mailcow's networks are always excepted.",
        examples=[["203.0.113.8", "2001:db8:17::/64"]],
    )
    sshd: Jail = Field(default=Jail(maxretry=5), description="Failed logins by SSH; one with an unknown name is logged, and counts, twice.")
    postfix: Jail = Field(
        default=Jail(maxretry=3),
        description="Failed logins and abuse at the SMTP ports. Above 3 quick attackers escape: Dovecot delays the fourth failure for so "
        "long that Postfix gives up waiting and logs no failure.",
    )
    dovecot: Jail = Field(default=Jail(maxretry=5), description="Failed logins by IMAP, POP3 and ManageSieve.")
    repeat_offenders: RepeatOffenders = Field(default=RepeatOffenders(), description="Addresses banned again and again.")
    longest_ban_hours: int = Field(default=168, ge=1, le=8760, description="Bans double up to this length, in hours.")
    outage_minutes: int = Field(
        default=5,
        ge=1,
        le=60,
        description="Mail failures are not counted until this many minutes after the last sign that Mailcow could not check passwords.",
    )
    count_refused_relaying: bool = Field(
        default=False,
        description="Whether refused relaying on port 25 counts as abuse. Off: servers that deliver to a domain which Mailcow does not "
        "host yet log the same line, and their other mail would be kept out.",
    )

    @field_validator("allow")
    @classmethod
    def _not_everybody(cls, networks: tuple[IPv4Network | IPv6Network, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
        """A network as wide as the internet would switch bans off without a word."""
        for network in networks:
            if network.prefixlen < WIDEST[network.version]:
                raise ValueError(
                    f"{network} would except much of the internet from bans\nname networks of /{WIDEST[network.version]} or smaller"
                )
        return networks
