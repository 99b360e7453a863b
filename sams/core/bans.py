"""Who may never be banned and after how much; one answer for Fail2Ban and for Mailcow's own banning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Protocol

from sams.core.settings import Settings

Network = IPv4Network | IPv6Network

LOOPBACK = ("127.0.0.0/8", "::1/128")

#: Mailcow counts every guess in every service, its web interface included: this many times our own threshold is looser in each of them.
LOOSER = 4


class HostAddresses(Protocol):
    """A host by its addresses: a record of the hosts file, or pyinfra's host data."""

    @property
    def public_address(self) -> str:
        """The address that clients use."""

    @property
    def private_address(self) -> str:
        """The address in the private network of the environment."""

    @property
    def ipv6_address(self) -> str:
        """The IPv6 address that clients use; empty where there is none."""


def allow_list(settings: Settings, host: HostAddresses) -> tuple[str, ...]:
    """Addresses and networks of a mail host that neither Fail2Ban nor Mailcow may ban, sorted, none inside another.

    Loopback, Mailcow's networks (webmail, the containers and the gateway, as which clients appear behind Docker's proxy), the host's own
    addresses and the operator's addresses.
    """
    own = (host.public_address, host.private_address, host.ipv6_address)
    named = [*LOOPBACK, *mailcow_networks(settings), *(address for address in own if address)]
    networks = [*map(ip_network, named), *settings.fail2ban.allow]
    ipv4 = collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    ipv6 = collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
    return (*map(written, ipv4), *map(written, ipv6))


def mailcow_networks(settings: Settings) -> tuple[str, str]:
    """The networks of Mailcow's containers: the first three octets of the IPv4 one are a setting, and so is the IPv6 one."""
    return f"{settings.mailcow.ipv4_network}.0/24", settings.mailcow.ipv6_network


def written(network: Network) -> str:
    """A network as Fail2Ban, nftables and Mailcow all read it: a single address without its prefix length."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def of_family(addresses: Iterable[str], version: int) -> tuple[str, ...]:
    """Those of IP version 4 or 6."""
    return tuple(address for address in addresses if ip_network(address).version == version)


@dataclass(frozen=True)
class MailcowThresholds:
    """When Mailcow's own banning acts, in the words of its API (``edit/fail2ban``); times in seconds, bans of single addresses."""

    max_attempts: int
    retry_window: int
    ban_time: int
    max_ban_time: int
    ban_time_increment: int = 1
    netban_ipv4: int = 32
    netban_ipv6: int = 128


def mailcow_thresholds(settings: Settings) -> MailcowThresholds:
    """Thresholds of Mailcow that are looser than Fail2Ban's, so that ours acts first and one place tells who is banned.

    Mailcow keeps guarding what Fail2Ban does not see: its web interface and webmail.
    """
    jails = (settings.fail2ban.postfix, settings.fail2ban.dovecot)
    return MailcowThresholds(
        max_attempts=LOOSER * max(jail.maxretry for jail in jails),
        retry_window=60 * min(jail.findtime_minutes for jail in jails),
        ban_time=1800,
        max_ban_time=10000,
    )
