"""What an environment's machines are made of, in no cloud's words.

The same frozen values say what is wanted (from the settings) and what there is (from a provider); the planner compares them
field by field. `None` in a wanted field means "any": the provider chooses once and what it chose is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import ClassVar

Value = str | int | float | None | tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """The private network of an environment; address ranges in CIDR notation."""

    kind: ClassVar[str] = "network"
    name: str
    ipv4_range: str
    ipv6_range: str | None = None


@dataclass(frozen=True)
class DataVolume:
    """A disk that outlives its machine."""

    kind: ClassVar[str] = "data volume"
    name: str
    machine: str
    size_gib: int | None = None


@dataclass(frozen=True)
class Machine:
    """A machine: what it is called, what runs on it, how it is reached and how big it is."""

    kind: ClassVar[str] = "machine"
    name: str
    groups: tuple[str, ...]
    fqdn: str
    release: str | None = None
    user: str | None = None
    address: str | None = None
    memory_gib: float | None = None
    mounts: tuple[str, ...] = ()
    packet_filter: str = "none"


@dataclass(frozen=True)
class Companion:
    """Something that others put beside the machines under the environment's name: known, never planned, removed with them."""

    kind: ClassVar[str] = "companion"
    name: str


Resource = Network | DataVolume | Machine | Companion


class State(StrEnum):
    """Whether a resource does its work."""

    READY = "ready"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Observed:
    """A resource as it is: `provider_id` is the provider's own name for it."""

    resource: Resource
    provider_id: str
    state: State = State.READY


@dataclass(frozen=True)
class Endpoint:
    """How a machine is reached.

    `host_key` is None where the provider has no road of its own to the machine; `patience` says for how many seconds a machine
    of this provider may be silent before that is an error.
    """

    machine: Machine
    public_address: str
    private_address: str
    provider_id: str
    ipv6_address: str = ""
    host_key: str | None = None
    patience: float = 60.0


def values_of(resource: Resource) -> Mapping[str, Value]:
    """The fields of a resource by name."""
    return {item.name: getattr(resource, item.name) for item in fields(resource)}


@dataclass(frozen=True)
class Difference:
    """A field that is not as wanted."""

    attribute: str
    seen: Value
    wanted: Value

    def __str__(self) -> str:
        return f"{self.attribute} {_text(self.seen)} -> {_text(self.wanted)}"


class Action(StrEnum):
    """What a change does."""

    CREATE = "create"
    START = "start"
    UPDATE = "update"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True)
class Change:
    """One step of a plan: `needs` names the option that allows it, and is empty where none is needed."""

    action: Action
    resource: Resource
    differences: tuple[Difference, ...] = ()
    needs: str = ""

    def __str__(self) -> str:
        why = f" ({', '.join(str(difference) for difference in self.differences)})" if self.differences else ""
        return f"{self.action} {self.resource.kind} {self.resource.name}{why}"


@dataclass(frozen=True)
class Plan:
    """The changes in their order, and what stays although the settings do not ask for it any more."""

    changes: tuple[Change, ...]
    kept: tuple[Resource, ...] = field(default=())

    @property
    def blocked(self) -> tuple[Change, ...]:
        """Changes that nobody has allowed yet."""
        return tuple(change for change in self.changes if change.needs)


def _text(value: Value) -> str:
    return ",".join(value) if isinstance(value, tuple) else "none" if value is None else str(value)
