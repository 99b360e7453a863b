"""The host firewall: one nftables table of our own, made from the table of ports.

It stands beside the tables of Docker and Mailcow and touches none of them. A drop in any table is final and an accept is not,
so the order of the tables does not matter.

* `input` guards what the host itself listens on. Ports that containers publish are **not** opened here: a connection from outside to
  such a port has been redirected to the container before, and one that arrives here nevertheless came through Docker's userland proxy,
  which hides the client behind the bridge's address. Mailcow trusts that address, so letting it in would make an open relay (IPv6 on
  the host, none in the containers).
* `forward` guards the containers: from outside only by a published port that stands in the table of ports, whatever else Docker
  publishes, and never by the container's own address.
* Containers do not reach the link-local services of a cloud (metadata, boot volume), but its resolver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from jinja2 import Environment, StrictUndefined

from sams.core.image_rules import InstanceRule
from sams.core.ports import Listener, Port, Protocol, Scope

TABLE = "inet sams_host"
#: Bridges of Docker: its default one and those of its networks.
BRIDGES = ("docker0", "br-*")

TEMPLATE = """\
#!/usr/sbin/nft -f
# Written by SAMS from its table of ports (base.firewall of the settings); changes here are overwritten.
# The three steps are one transaction: there is no moment without the table.
table {{ table }}
delete table {{ table }}
table {{ table }} {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname "lo" accept
    meta l4proto { icmp, ipv6-icmp } accept
    udp sport 67 udp dport 68 accept
    udp sport 547 udp dport 546 accept
{% for rule in host_rules %}
    {{ rule }}
{% endfor %}
{% for bridge in bridges %}
    iifname "{{ bridge }}" jump from_containers
{% endfor %}
  }
  chain from_containers {
{% for rule in hairpin_rules %}
    {{ rule }}
{% endfor %}
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
{% for bridge in bridges %}
    iifname "{{ bridge }}" goto containers_out
{% endfor %}
{% for bridge in bridges %}
    oifname "{{ bridge }}" goto containers_in
{% endfor %}
  }
  chain containers_out {
    ip daddr 169.254.0.0/16 meta l4proto { tcp, udp } th dport != 53 drop
  }
  chain containers_in {
{% for rule in container_rules %}
    {{ rule }}
{% endfor %}
    meta l4proto ipv6-icmp icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    drop
  }
{% if instance_rules %}
  chain output {
    type filter hook output priority filter; policy accept;
    ip daddr 169.254.0.0/16 jump instance_services
  }
  chain instance_services {
{% for rule in instance_rules %}
    {{ rule.as_nft() }}
{% endfor %}
  }
{% endif %}
}
"""


def ruleset(
    ports: Sequence[Port],
    *,
    ssh_ports: Iterable[int],
    private_addresses: Iterable[str],
    instance_rules: Sequence[InstanceRule] = (),
) -> str:
    """The ruleset as `nft -f` takes it.

    Parameters
    ----------
    ports:
        What is open on this host.
    ssh_ports:
        Where sshd listens on this host: always open, so that no table locks the operator out.
    private_addresses:
        Addresses of this environment's hosts, which may reach ports of private scope.
    instance_rules:
        Rules for the cloud's link-local services, taken over from the image.
    """
    ssh = tuple(Port(number, "ssh", "all") for number in ssh_ports)
    hosts = sorted(private_addresses, key=lambda text: (ip_address(text).version, ip_address(text)))
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701 (no HTML)
    return environment.from_string(TEMPLATE).render(
        table=TABLE,
        bridges=BRIDGES,
        host_rules=_rules((*ssh, *ports), hosts, "host", "dport"),
        hairpin_rules=_rules(ports, hosts, "container", "dport", scopes=("world",)),
        container_rules=_rules(ports, hosts, "container", "published"),
        instance_rules=instance_rules,
    )


def _rules(ports: Iterable[Port], hosts: Sequence[str], listener: Listener, match: str, scopes: Sequence[Scope] = ("world", "private")) -> list[str]:
    """Accept rules for the ports of one kind of listener: one a protocol, scope and address family."""
    rules = []
    for protocol in ("tcp", "udp"):
        for scope in scopes:
            numbers = sorted({port.number for port in ports if (port.listener, port.scope, port.protocol) == (listener, scope, protocol)})
            if numbers:
                rules += [f"{source}{_destination(protocol, match)} {_set(numbers)} accept" for source in _sources(scope, hosts)]
    return rules


def _destination(protocol: Protocol | str, match: str) -> str:
    """What is compared: the port the packet has, or the one the client dialled before Docker redirected it."""
    return f"{protocol} dport" if match == "dport" else f"ct status dnat meta l4proto {protocol} ct original proto-dst"


def _sources(scope: Scope, hosts: Sequence[str]) -> list[str]:
    """Who may: everybody, or the hosts of the environment by address family."""
    if scope == "world":
        return [""]
    families = {"ip": [host for host in hosts if ip_address(host).version == 4], "ip6": [host for host in hosts if ip_address(host).version == 6]}
    return [f"{family} saddr {_set(addresses)} " for family, addresses in families.items() if addresses]


def _set(values: Iterable[object]) -> str:
    return "{ " + ", ".join(map(str, values)) + " }"
