"""What an image's own packet filter says about the link-local services of its cloud, in nftables' words.

Oracle Cloud's Ubuntu images bring `/etc/iptables/rules.v4`: INPUT and FORWARD end in REJECT, and a chain `InstanceServices` keeps the
boot volume (iSCSI), metadata, DNS, DHCP and time services at 169.254.0.0/16 for those who may use them (Oracle-Provided Images,
"Essential Firewall Rules"). The first part gives way to our own firewall; the second is kept, word for word.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from ipaddress import ip_network

from sams.core.errors import SamsError

CHAIN = "InstanceServices"
REJECTIONS = {"tcp-reset": "tcp reset", "icmp-port-unreachable": "icmp port-unreachable"}


class RuleNotUnderstood(SamsError):
    """A rule of the image has a form that we would not translate faithfully."""


@dataclass(frozen=True)
class InstanceRule:
    """One rule of the chain: whom it is for, where to, and what happens."""

    destination: str
    protocol: str
    port: int | None
    user: int | None
    verdict: str

    def as_nft(self) -> str:
        """The rule as nftables says it."""
        port = f"{self.protocol} dport {self.port}" if self.port is not None else f"meta l4proto {self.protocol}"
        user = f" meta skuid {self.user}" if self.user is not None else ""
        return f"ip daddr {self.destination} {port}{user} {self.verdict}"


def instance_rules(text: str) -> tuple[InstanceRule, ...]:
    """The rules for instance services in a file of `iptables-save`; empty where it has none.

    Raises
    ------
    RuleNotUnderstood:
        When a rule of the chain says something that is not in the published ruleset.
    """
    prefix = f"-A {CHAIN} "
    return tuple(_rule(line) for line in text.splitlines() if line.startswith(prefix))


def _rule(line: str) -> InstanceRule:
    words = shlex.split(line)[2:]
    options = dict(zip(words[::2], words[1::2], strict=False))
    modules = {words[index + 1] for index, word in enumerate(words[:-1]) if word == "-m"}
    known = {"-d", "-p", "-m", "--uid-owner", "--dport", "--comment", "-j", "--reject-with"}
    if (
        len(words) % 2
        or not set(options) <= known
        or not {"-d", "-p", "-j"} <= set(options)
        or not modules <= {"tcp", "udp", "owner", "comment"}
    ):
        raise _not_understood(line)
    try:
        return InstanceRule(
            destination=_network(options["-d"]),
            protocol=options["-p"],
            port=int(options["--dport"]) if "--dport" in options else None,
            user=int(options["--uid-owner"]) if "--uid-owner" in options else None,
            verdict=_verdict(options),
        )
    except (KeyError, ValueError):
        raise _not_understood(line) from None


def _network(text: str) -> str:
    network = ip_network(text)
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _verdict(options: dict[str, str]) -> str:
    if options["-j"] == "REJECT":
        return f"reject with {REJECTIONS[options['--reject-with']]}"
    return {"ACCEPT": "accept", "DROP": "drop"}[options["-j"]]


def _not_understood(line: str) -> RuleNotUnderstood:
    return RuleNotUnderstood(
        f"rule of the image not understood: {line}\n"
        f"Expected: the form of Oracle's published {CHAIN} rules. "
        "Next: say the rule in that form in /etc/iptables/rules.v4 or remove it, then run again."
    )
