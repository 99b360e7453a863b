"""The plan of the machines: what is wanted, what there is, and the steps between."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision import plan as planner
from provision.environment import refuse_blocked
from provision.model import Action, Change, Companion, DataVolume, Machine, Network, Observed, Plan, Resource, State
from provision.report import ProvisionError

NETWORK = Network("sams-test", "172.31.0.0/24", None)
MAIL = Machine("mail1", ("mailservers",), "mail.example.test", release="trixie", address="172.31.0.11", memory_gib=6)
VAULT = Machine("aux1", ("auxiliary",), "vault.example.test", release="bookworm")
DISK = DataVolume("mail1-data", "mail1")


def in_place(kind: str, attribute: str) -> bool:
    return (kind, attribute) == ("machine", "memory_gib")


def seen(*resources: Resource, state: State = State.READY) -> list[Observed]:
    return [Observed(resource, f"id-{resource.name}", state) for resource in resources]


def plan(wanted: list[Resource], there: list[Observed], replace: str = "", remove: str = "") -> Plan:
    return planner.plan(wanted, there, in_place, frozenset(filter(None, [replace])), frozenset(filter(None, [remove])))


def test_nothing_there_means_everything_is_created_in_order() -> None:
    assert [str(change) for change in plan([NETWORK, DISK, MAIL], []).changes] == [
        "create network sams-test",
        "create data volume mail1-data",
        "create machine mail1",
    ]


def test_nothing_changes_when_all_is_as_wanted() -> None:
    assert plan([NETWORK, MAIL, VAULT], seen(NETWORK, MAIL, VAULT)) == Plan(())


def test_an_open_choice_accepts_what_the_provider_chose() -> None:
    assert plan([VAULT], seen(replace(VAULT, address="172.31.0.99", memory_gib=3))).changes == ()


def test_a_stopped_machine_is_started() -> None:
    assert plan([MAIL], seen(MAIL, state=State.STOPPED)).changes == (Change(Action.START, MAIL),)


def test_what_can_change_in_place_does() -> None:
    [change] = plan([MAIL], seen(replace(MAIL, memory_gib=4))).changes
    assert str(change) == "update machine mail1 (memory_gib 4 -> 6)"
    assert change.needs == ""


def test_a_stopped_machine_is_updated_and_then_started() -> None:
    changes = plan([MAIL], seen(replace(MAIL, memory_gib=4), state=State.STOPPED)).changes
    assert [change.action for change in changes] == [Action.UPDATE, Action.START]


def test_a_replacement_waits_for_the_operators_word() -> None:
    there = seen(replace(MAIL, release="bookworm"))
    [change] = plan([MAIL], there).changes
    assert (str(change), change.needs) == ("replace machine mail1 (release bookworm -> trixie)", "--replace mail1")
    assert plan([MAIL], there, replace="mail1").blocked == ()
    assert plan([MAIL], there, replace="aux1").blocked


def test_a_machine_can_be_replaced_though_nothing_differs() -> None:
    [change] = plan([MAIL, VAULT], seen(MAIL, VAULT), replace="mail1").changes
    assert (change.action, change.resource, change.needs) == (Action.REPLACE, MAIL, "")


def test_a_machine_that_left_the_settings_is_removed_only_by_name() -> None:
    there = seen(MAIL, VAULT)
    assert plan([MAIL], there).changes == (Change(Action.REMOVE, VAULT, needs="--remove aux1"),)
    assert plan([MAIL], there, remove="aux1").blocked == ()


def test_a_data_volume_that_left_the_settings_is_kept() -> None:
    assert plan([MAIL], seen(DISK, MAIL)) == Plan((), kept=(DISK,))


def test_companions_are_left_alone_by_a_plan_and_removed_with_the_environment() -> None:
    friend = Companion("lab-names")
    assert plan([MAIL], seen(MAIL, friend)).changes == ()
    assert Change(Action.REMOVE, friend) in planner.removal(seen(NETWORK, MAIL, friend), purge=False).changes


def test_a_network_under_living_machines_is_never_replaced() -> None:
    [change] = plan([NETWORK], seen(replace(NETWORK, ipv4_range="10.0.0.0/24"))).changes
    assert "destroy" in change.needs


def test_removal_goes_backwards_and_keeps_data_unless_purged() -> None:
    there = seen(NETWORK, DISK, MAIL)
    assert [change.resource for change in planner.removal(there, purge=False).changes] == [MAIL, NETWORK]
    assert planner.removal(there, purge=False).kept == (DISK,)
    assert [change.resource for change in planner.removal(there, purge=True).changes] == [MAIL, DISK, NETWORK]


def test_a_blocked_plan_is_refused_with_the_options_that_allow_it() -> None:
    with pytest.raises(ProvisionError, match=r"(?s)nothing was changed.*replace machine mail1.*--replace mail1"):
        refuse_blocked(plan([MAIL], seen(replace(MAIL, release="bookworm"))))
    refuse_blocked(plan([MAIL], []))


MACHINES = st.dictionaries(
    st.sampled_from(["mail1", "mail2", "aux1"]),
    st.builds(
        lambda release, memory, packet_filter: (release, memory, packet_filter),
        st.sampled_from(["trixie", "bookworm"]),
        st.sampled_from([None, 2.0, 4.0]),
        st.sampled_from(["none", "oci"]),
    ),
)


def carried_out(changes: tuple[Change, ...], there: list[Observed]) -> list[Observed]:
    """What a faithful provider would leave behind."""
    found = {item.resource.name: item for item in there}
    for change in changes:
        if change.action is Action.REMOVE:
            del found[change.resource.name]
        else:
            found[change.resource.name] = Observed(change.resource, "id")
    return list(found.values())


def built(choice: dict[str, tuple[str, float | None, str]]) -> list[Resource]:
    return [
        Machine(name, ("mailservers",), f"{name}.example.test", release=release, memory_gib=memory, packet_filter=rules)
        for name, (release, memory, rules) in choice.items()
    ]


@given(MACHINES, MACHINES, st.sampled_from(State))
def test_a_plan_that_was_carried_out_leaves_nothing_to_plan(
    before: dict[str, tuple[str, float | None, str]], after: dict[str, tuple[str, float | None, str]], state: State
) -> None:
    everything = frozenset({*before, *after})
    there, wanted = seen(*built(before), state=state), built(after)
    differing = frozenset(change.resource.name for change in planner.plan(wanted, there, in_place).blocked)
    first = planner.plan(wanted, there, in_place, differing, everything)
    assert not first.blocked
    assert planner.plan(wanted, carried_out(first.changes, there), in_place).changes == ()
