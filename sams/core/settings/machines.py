"""Settings of the machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sams.core.names import DomainName, HostLabel
from sams.core.settings.model import Section

Group = Literal["mailservers", "auxiliary"]
Release = Literal["trixie", "bookworm", "noble", "jammy"]


class Ssh(Section):
    """How the operator's machine reaches the hosts."""

    user: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = Field(
        default="ops", description="Login name on the hosts; needs passwordless sudo.", examples=["ubuntu"]
    )
    key: str | None = Field(
        default=None,
        description="Private key file; without it, one is made for the environment: inventories/.<env>.key.",
        examples=["~/.ssh/id_ed25519"],
    )


class DataVolume(Section):
    """A disk that outlives its machine."""

    size_gib: int = Field(default=50, ge=1, description="Size in GiB; it can grow later, never shrink.")
    mount: Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/-]+$")] = Field(
        default="/var/lib/docker", description="Where the machine mounts it."
    )


class Host(Section):
    """One machine."""

    groups: tuple[Group, ...] = Field(min_length=1, description="What runs on it.", examples=[["mailservers"]])
    fqdn: DomainName = Field(description="Its full name in DNS.", examples=["mail.example.org"])
    address: IPv4Address | None = Field(
        default=None,
        description="Its address; given: where SSH reaches it; docker: one of the subnet, by default the next free one.",
        examples=["203.0.113.7"],
    )
    release: Release | None = Field(
        default=None, description="Release of the distribution, by code name; docker: trixie by default, oci: noble.", examples=["noble"]
    )
    memory_gib: float | None = Field(
        default=None, gt=0, description="Memory in GiB; docker: the limit of the host, by default none.", examples=[6]
    )
    data_volume: DataVolume | None = Field(
        default=None, description="A disk that outlives the machine.", examples=[{"size_gib": 50, "mount": "/var/lib/docker"}]
    )
    image_rules: Literal["oci"] | None = Field(
        default=None, description="docker only: the packet filter of a cloud's image that the host brings along.", examples=["oci"]
    )


def _large_enough(subnet: IPv4Network) -> IPv4Network:
    if subnet.prefixlen > 26:
        raise ValueError(f"subnet {subnet} has too few addresses\nChoose a /26 or larger, for example 172.31.77.0/24.")
    return subnet


class DockerProvider(Section):
    """Machines as Docker containers on the operator's machine."""

    subnet: Annotated[IPv4Network, AfterValidator(_large_enough)] = Field(
        default=IPv4Network("172.31.77.0/24"),
        description="Private network of the hosts, /26 or larger; one of its own for each environment.",
    )
    ipv6_subnet: IPv6Network | None = Field(
        default=IPv6Network("fd77:0:0:77::/64"),
        description="The same for IPv6 (unique local, RFC 4193); left out where the operator's machine has no IPv6; null: none.",
    )


class OciProvider(Section):
    """Machines in Oracle Cloud."""

    region: str | None = Field(default=None, description="Region.", examples=["eu-frankfurt-1"])
    compartment: str | None = Field(default=None, description="OCID of the compartment.", examples=["ocid1.compartment.oc1..aaaa"])
    profile: str = Field(default="DEFAULT", description="Profile of ~/.oci/config that signs the requests.")
    shape: str = Field(default="VM.Standard.A1.Flex", description="Shape of the instances.")
    ocpus: float = Field(default=1, gt=0, description="OCPUs of an instance (flexible shapes).")
    memory_gib: float = Field(default=6, gt=0, description="Memory of an instance in GiB (flexible shapes), unless the host has its own.")
    boot_volume_gib: int = Field(default=50, ge=50, description="Size of an instance's own disk in GiB.")
    subnet: IPv4Network = Field(default=IPv4Network("10.77.0.0/24"), description="Private network of the instances.")
    backup_bucket: str | None = Field(default=None, description="Name of the Object Storage bucket for backups.", examples=["mail-backups"])


class Machines(Section):
    """Which machines there are and who makes them."""

    provider: Literal["docker", "given", "oci"] = Field(
        description="Who makes the machines: docker (test hosts here), given (they exist already), oci (Oracle Cloud)."
    )
    ssh: Ssh = Field(default_factory=Ssh, description="How they are reached.")
    hosts: dict[HostLabel, Host] = Field(min_length=1, description="The machines by name.")
    docker: DockerProvider = Field(default_factory=DockerProvider, description="For provider docker.")
    oci: OciProvider = Field(default_factory=OciProvider, description="For provider oci.")

    @model_validator(mode="after")
    def _names_and_addresses_are_single(self) -> Machines:
        _refuse_twice("name", (host.fqdn for host in self.hosts.values()))
        _refuse_twice("address", (str(host.address) for host in self.hosts.values() if host.address))
        return self

    @model_validator(mode="after")
    def _hosts_fit_the_provider(self) -> Machines:
        for name, host in self.hosts.items():
            if self.provider == "given":
                _refuse_ungivable(name, host)
            if self.provider == "docker":
                _refuse_unreachable(name, host, self.docker.subnet)
        return self


def _refuse_ungivable(name: str, host: Host) -> None:
    if host.address is None:
        raise ValueError(f"host {name} has no address\nAdd where SSH reaches it: machines.hosts.{name}.address: 203.0.113.7")
    foreign = next((key for key in ("release", "memory_gib", "data_volume", "image_rules") if getattr(host, key) is not None), None)
    if foreign:
        raise ValueError(f"host {name} exists already, so its {foreign} is not chosen here\nRemove machines.hosts.{name}.{foreign}.")


def _refuse_unreachable(name: str, host: Host, subnet: IPv4Network) -> None:
    """Host addresses lie in the lower half of the subnet, above its gateway; the engine gives away the upper half by itself."""
    lower, _ = subnet.subnets()
    if host.address is not None and not subnet[1] < host.address <= lower[-1]:
        raise ValueError(
            f"address {host.address} of host {name} is not a host's address of the subnet {subnet}\n"
            f"Choose one from {subnet[2]} to {lower[-1]}, or leave machines.hosts.{name}.address out."
        )


def _refuse_twice(what: str, values: Iterable[str]) -> None:
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise ValueError(f"{what} {twice[0]} is given to two hosts\nEach host needs its own.")
