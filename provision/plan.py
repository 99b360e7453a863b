"""The difference between what is wanted and what there is, as steps. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from provision.model import (
    Action,
    Change,
    Companion,
    DataVolume,
    Difference,
    Machine,
    Observed,
    Plan,
    Resource,
    State,
    values_of,
)

#: Whether an attribute of a kind of resource can change while the resource lives.
InPlace: TypeAlias = Callable[[str, str], bool]


def plan(
    wanted: Sequence[Resource], seen: Sequence[Observed], in_place: InPlace,
    replace: frozenset[str] = frozenset(), remove: frozenset[str] = frozenset(),
) -> Plan:  # fmt: skip
    """The steps that lead from what there is to what is wanted.

    Parameters
    ----------
    wanted:
        Resources that the settings ask for, in the order in which they are made.
    seen:
        Resources that there are.
    in_place:
        Says which attributes change without a replacement.
    replace, remove:
        Names of machines that the operator allows to be replaced or removed; a machine of `replace` is replaced in any case.
    """
    there = {_identity(item.resource): item for item in seen}
    changes = [step for resource in wanted for step in _steps(resource, there.get(_identity(resource)), in_place, replace)]
    surplus = [item.resource for item in reversed(seen) if _identity(item.resource) not in {_identity(one) for one in wanted}]
    return Plan(
        changes=(*(_removal(resource, remove) for resource in surplus if isinstance(resource, Machine)), *changes),
        kept=tuple(resource for resource in surplus if not isinstance(resource, Machine | Companion)),
    )


def removal(seen: Sequence[Observed], purge: bool) -> Plan:
    """The steps that remove an environment, last made first; data volumes go only with `purge`."""
    resources = [item.resource for item in reversed(seen)]
    kept = tuple(resource for resource in resources if isinstance(resource, DataVolume) and not purge)
    return Plan(tuple(Change(Action.REMOVE, resource) for resource in resources if resource not in kept), kept)


def differences(wanted: Resource, seen: Resource) -> tuple[Difference, ...]:
    """The attributes of a resource that are not as wanted; None in `wanted` accepts anything."""
    actual = values_of(seen)
    return tuple(
        Difference(name, actual[name], value) for name, value in values_of(wanted).items() if value is not None and value != actual[name]
    )


def _steps(wanted: Resource, seen: Observed | None, in_place: InPlace, replace: frozenset[str]) -> list[Change]:
    if seen is None:
        return [Change(Action.CREATE, wanted)]
    found = differences(wanted, seen.resource)
    lasting = tuple(item for item in found if not in_place(wanted.kind, item.attribute))
    if lasting or (isinstance(wanted, Machine) and wanted.name in replace):
        return [Change(Action.REPLACE, wanted, lasting, _consent(wanted, replace))]
    updates = [Change(Action.UPDATE, wanted, found)] if found else []
    return updates + ([Change(Action.START, wanted)] if seen.state is State.STOPPED else [])


def _consent(wanted: Resource, replace: frozenset[str]) -> str:
    if not isinstance(wanted, Machine):
        return "`destroy` first: machines hang on it"
    return "" if wanted.name in replace else f"--replace {wanted.name}"


def _removal(machine: Machine, allowed: frozenset[str]) -> Change:
    return Change(Action.REMOVE, machine, needs="" if machine.name in allowed else f"--remove {machine.name}")


def _identity(resource: Resource) -> tuple[str, str]:
    return resource.kind, resource.name
