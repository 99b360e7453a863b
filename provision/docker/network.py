"""The private network of an environment."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import islice
from pathlib import Path
from typing import Any

from docker.errors import APIError
from docker.models.networks import Network as DockerNetwork
from docker.types import IPAMConfig, IPAMPool

from provision.docker.engine import client
from provision.docker.labels import filter_of, labels_of, resource_of
from provision.model import Network, Observed
from provision.report import ProvisionError

#: The first address that a host gets by itself; those below are for the gateway and for what stands beside the hosts.
FIRST_HOST = 11
IPV6_OFF = Path("/proc/sys/net/ipv6/conf/all/disable_ipv6")


def name_of(env: str) -> str:
    """The network's name."""
    return f"sams-{env}"


def machine_has_ipv6() -> bool:
    """Whether this machine's kernel has IPv6 switched on."""
    return IPV6_OFF.exists() and IPV6_OFF.read_text().strip() == "0"


def find(env: str) -> DockerNetwork | None:
    """The environment's network, with its containers, if there is one."""
    found = client().networks.list(filters=filter_of(env), greedy=True)
    return next((network for network in found if network.name == name_of(env)), None)


def existing(env: str) -> DockerNetwork:
    """The environment's network.

    Raises
    ------
    ProvisionError
        When there is none.
    """
    network = find(env)
    if network is None:
        raise ProvisionError(f"environment {env} has no network yet. Next: python -m provision apply --env {env}")
    return network


def observe(env: str) -> list[Observed]:
    """The environment's network as it is."""
    network = find(env)
    if network is None:
        return []
    ipv6 = _range(network, 6)
    seen = resource_of(Network, network.attrs["Labels"], ipv4_range=str(_range(network, 4)), ipv6_range=str(ipv6) if ipv6 else None)
    return [Observed(seen, str(network.id))]


def create(env: str, wanted: Network) -> None:
    """Make the network."""
    pools = [_ipv4_pool(IPv4Network(wanted.ipv4_range)), *([IPAMPool(subnet=wanted.ipv6_range)] if wanted.ipv6_range else [])]
    try:
        client().networks.create(
            wanted.name, driver="bridge", check_duplicate=True, ipam=IPAMConfig(pool_configs=pools),
            enable_ipv6=wanted.ipv6_range is not None, labels=labels_of(env, wanted),
        )  # fmt: skip
    except APIError as error:
        if "overlaps" not in str(error.explanation):
            raise
        raise ProvisionError(
            f"the range {wanted.ipv4_range} or {wanted.ipv6_range} of environment {env} is taken by another network of this machine "
            "(docker network ls). Choose others: machines.docker.subnet and machines.docker.ipv6_subnet."
        ) from error


def remove(env: str) -> None:
    """Remove the network; what others attached to it without our label is named, not removed."""
    network = find(env)
    if network is None:
        return
    attached = [container["Name"] for container in network.attrs["Containers"].values()]
    if attached:
        raise ProvisionError(
            f"network {network.name} is still used by {', '.join(sorted(attached))}, which is not of environment {env}. "
            f"Disconnect it: docker network disconnect {network.name} NAME"
        )
    network.remove()


def free_address(env: str) -> str:
    """The lowest address for a host that no container holds or has reserved."""
    subnet = _range(existing(env), 4)
    used = {address_in(container.attrs, name_of(env)) for container in client().containers.list(all=True)}
    for address in islice(subnet.hosts(), FIRST_HOST - 1, None) if subnet else ():
        if str(address) not in used:
            return str(address)
    raise ProvisionError(f"no address is free in {subnet}. Choose a larger machines.docker.subnet.")


def ipv6_range_of(env: str) -> str | None:
    """The network's IPv6 range, if it has one."""
    found = _range(existing(env), 6)
    return str(found) if found else None


def address_in(attributes: dict[str, Any], network: str) -> str | None:
    """The IPv4 address of a container in a network, also when it is stopped; None when it is not attached."""
    endpoint = attributes["NetworkSettings"]["Networks"].get(network)
    if endpoint is None:
        return None
    return endpoint.get("IPAddress") or (endpoint.get("IPAMConfig") or {}).get("IPv4Address") or None


def ipv6_of(address: str, ipv6_range: str) -> str:
    """A host's IPv6 address: the last two bytes of its IPv4 address, counted in the IPv6 range."""
    return str(ip_network(ipv6_range)[int(ip_address(address)) & 0xFFFF])


def _range(network: DockerNetwork, version: int) -> IPv4Network | IPv6Network | None:
    ranges = (ip_network(pool["Subnet"]) for pool in network.attrs["IPAM"]["Config"])
    return next((one for one in ranges if one.version == version), None)


def _ipv4_pool(subnet: IPv4Network) -> IPAMPool:
    """Who names no address gets one of the upper half: hosts have theirs in the lower half, whoever starts first."""
    _, upper = subnet.subnets()
    return IPAMPool(subnet=str(subnet), iprange=str(upper), gateway=str(subnet[1]))
