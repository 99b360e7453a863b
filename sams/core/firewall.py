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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from jinja2 import Environment, StrictUndefined

from sams.core.image_rules import InstanceRule
from sams.core.ports import Listener, Port, Protocol, Scope

Address = IPv4Address | IPv6Address
Kind = tuple[Protocol, Scope]
Numbers = Mapping[Kind, Sequence[int]]

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
{% for name, numbers in published.items() %}
  set {{ name }} {
    type inet_service
    elements = { {{ numbers | join(", ") }} }
  }
{% endfor %}
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
    hosts = sorted(map(ip_address, private_addresses), key=lambda address: (address.version, address.packed))
    # No HTML is made here, so nothing is escaped.
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701
    published = _numbers(ports, "container")
    return environment.from_string(TEMPLATE).render(
        table=TABLE,
        bridges=BRIDGES,
        published={_set_name(*kind): numbers for kind, numbers in published.items()},
        host_rules=list(_accept(_numbers((*ssh, *ports), "host"), hosts, _dialled)),
        hairpin_rules=list(_accept(published, hosts, _dialled)),
        container_rules=list(_accept(published, hosts, _redirected)),
        instance_rules=instance_rules,
    )


def _numbers(ports: Iterable[Port], listener: Listener) -> Numbers:
    """Port numbers of one kind of listener, by protocol and scope."""
    numbers: dict[Kind, set[int]] = {}
    for port in ports:
        if port.listener == listener:
            numbers.setdefault((port.protocol, port.scope), set()).add(port.number)
    return {kind: sorted(found) for kind, found in sorted(numbers.items())}


def _accept(numbers: Numbers, hosts: Sequence[Address], match: Callable[[Kind, Iterable[int]], str]) -> Iterator[str]:
    """One accept rule a protocol, scope and, for private scope, address family."""
    for kind, wanted in numbers.items():
        for source in [""] if kind[1] == "world" else _sources(hosts):
            yield f"{source}{match(kind, wanted)} accept"


def _sources(hosts: Sequence[Address]) -> Iterator[str]:
    """The hosts of the environment as senders, by address family."""
    for family, version in (("ip", 4), ("ip6", 6)):
        addresses = [str(host) for host in hosts if host.version == version]
        if addresses:
            yield f"{family} saddr {{ {', '.join(addresses)} }} "


def _dialled(kind: Kind, numbers: Iterable[int]) -> str:
    """Compares the port that the packet has."""
    return f"{kind[0]} dport {{ {', '.join(map(str, numbers))} }}"


def _redirected(kind: Kind, _numbers: Iterable[int]) -> str:
    """Compares the port that the client dialled before Docker redirected it; a named set, because it tells nft the type."""
    return f"ct status dnat meta l4proto {kind[0]} ct original proto-dst @{_set_name(*kind)}"


def _set_name(protocol: Protocol, scope: Scope) -> str:
    return f"published_{protocol}_{scope}"
