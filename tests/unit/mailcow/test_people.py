"""The people of the list against what Mailcow has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sams.core.mail_list import MailList
from sams.core.mailcow.people import MIB, Plan, details, plan_aliases, plan_domains, plan_mailboxes, summary
from sams.core.secret import Secret

GIB = 2**30
NOTHING: dict[str, Any] = {"domains": {}, "mailboxes": {}, "aliases": {}}


def people(domains: dict[str, Any]) -> MailList:
    return MailList.model_validate({"version": 1, "domains": domains})


LIST = people(
    {"example.org": {"mailboxes": {"office": {"name": "Front office", "aliases": ["front-desk"]}}, "aliases": {"info": ["office"]}}}
)


def domain_row(**changes: Any) -> dict[str, Any]:
    row = {
        "domain_name": "example.org",
        "active": 1,
        "max_num_mboxes_for_domain": 10,
        "max_num_aliases_for_domain": 400,
        "max_quota_for_mbox": 10 * GIB,
        "max_quota_for_domain": 10 * GIB,
    }
    return {**row, **changes}


def mailbox_row(**changes: Any) -> dict[str, Any]:
    return {"username": "office@example.org", "name": "Front office", "quota": 5 * GIB, "active": 1, **changes}


def alias_row(address: str, goto: str, active: int = 1) -> dict[str, Any]:
    return {"address": address, "goto": goto, "active": active}


def test_a_new_domain_has_room_for_its_people() -> None:
    boxes = {f"user{number}": {"quota": "20GiB"} for number in range(30)}
    (step,) = plan_domains(people({"example.org": {"mailboxes": boxes}}), NOTHING).steps
    assert step.call == "add/domain"
    assert step.body == {"domain": "example.org", "active": 1, "mailboxes": 60, "aliases": 400, "maxquota": 20480, "quota": 2 * 30 * 20480}
    assert step.expected["max_quota_for_mbox"] == 20 * GIB


def test_a_domain_with_room_enough_is_left_alone() -> None:
    plan = plan_domains(LIST, {**NOTHING, "domains": {"example.org": domain_row()}})
    assert plan == Plan()


def test_limits_that_an_operator_made_larger_stay() -> None:
    large = domain_row(max_num_mboxes_for_domain=5000, max_quota_for_domain=5000 * GIB)
    assert plan_domains(LIST, {**NOTHING, "domains": {"example.org": large}}).steps == ()


def test_only_the_limit_that_is_too_small_is_raised() -> None:
    boxes = {f"user{number}": {"quota": "1GiB"} for number in range(11)}
    seen = {**NOTHING, "domains": {"example.org": domain_row(max_quota_for_domain=100 * GIB)}}
    (step,) = plan_domains(people({"example.org": {"mailboxes": boxes}}), seen).steps
    assert step.body == {"items": ["example.org"], "attr": {"mailboxes": 22}}
    assert step.expected == {"domain_name": "example.org", "active": 1, "max_num_mboxes_for_domain": 22}


def test_mailboxes_beside_the_list_need_room_too() -> None:
    others = {f"other{number}@example.org": mailbox_row(quota=GIB) for number in range(10)}
    seen = {**NOTHING, "domains": {"example.org": domain_row(max_quota_for_domain=100 * GIB)}, "mailboxes": others}
    (step,) = plan_domains(LIST, seen).steps
    assert step.body["attr"] == {"mailboxes": 22}


def test_a_domain_that_was_switched_off_is_switched_on() -> None:
    (step,) = plan_domains(LIST, {**NOTHING, "domains": {"example.org": domain_row(active=0)}}).steps
    assert step.body == {"items": ["example.org"], "attr": {"active": 1}}


def test_a_new_mailbox_gets_its_quota_in_mib_and_its_password_from_us() -> None:
    (step,) = plan_mailboxes(LIST, {}, {"office@example.org": Secret("sesame")}).steps
    assert step.body["quota"] == 5 * 1024
    assert step.body["password"] == step.body["password2"] == Secret("sesame")
    assert step.expected == {"username": "office@example.org", "name": "Front office", "quota": 5 * GIB, "active": 1}


def test_a_mailbox_as_wanted_is_left_alone() -> None:
    assert plan_mailboxes(LIST, {"office@example.org": mailbox_row()}).steps == ()


@pytest.mark.parametrize(
    ("seen", "attributes"),
    [
        ({"name": "Reception"}, {"name": "Front office"}),
        ({"quota": GIB}, {"quota": 5120}),
        ({"quota": 0}, {"quota": 5120}),
        ({"active": 0}, {"active": 1}),
        ({"active": 2, "attributes": {"attribute_hash": "abc"}}, {"active": 1, "attribute_hash": "abc"}),
    ],
)
def test_only_what_differs_in_a_mailbox_is_edited(seen: dict[str, Any], attributes: dict[str, Any]) -> None:
    (step,) = plan_mailboxes(LIST, {"office@example.org": mailbox_row(**seen)}).steps
    assert step.body == {"items": ["office@example.org"], "attr": attributes}


def test_aliases_are_made_active_and_may_send() -> None:
    steps = plan_aliases(LIST, {}).steps
    assert [step.item for step in steps] == ["front-desk@example.org", "info@example.org"]
    assert all(step.body["active"] == step.body["sender_allowed"] == step.body["sogo_visible"] == 1 for step in steps)


def test_the_order_and_case_of_targets_do_not_count() -> None:
    wanted = people({"example.org": {"mailboxes": {"a": {}, "b": {}}, "aliases": {"all": ["a", "b"]}}})
    seen = {"all@example.org": alias_row("all@example.org", "B@example.org,a@example.org")}
    assert plan_aliases(wanted, seen).steps == ()


def test_an_alias_that_leads_elsewhere_is_led_back() -> None:
    seen = {name: alias_row(name, "thief@elsewhere.example") for name in ("front-desk@example.org", "info@example.org")}
    steps = plan_aliases(LIST, seen).steps
    assert [step.body["attr"]["goto"] for step in steps] == ["office@example.org", "office@example.org"]


def test_what_the_list_does_not_name_is_told_and_left() -> None:
    seen = {"office@example.org": mailbox_row(), "old@example.org": mailbox_row()}
    plan = plan_mailboxes(LIST, seen)
    assert plan.steps == ()
    assert plan.unmanaged == ("old@example.org",)
    assert list(details(plan)) == ["? old@example.org is not in the list; it is left as it is"]
    assert summary("mailboxes", plan, 1) == "mailboxes: 0 to make, 0 to change, 1 as wanted, 1 unmanaged"


NAMES = st.text("abcdef", min_size=1, max_size=3)
LISTS = st.dictionaries(
    st.builds("{}.example".format, NAMES),
    st.fixed_dictionaries(
        {"mailboxes": st.dictionaries(NAMES, st.fixed_dictionaries({"quota": st.integers(1, 50).map(lambda n: n * MIB)}))}
    ),
    max_size=4,
)


@given(LISTS)
def test_after_a_plan_is_carried_out_nothing_is_left_to_do(domains: dict[str, Any]) -> None:
    wanted = people(domains)
    state: dict[str, dict[str, Any]] = {"domains": {}, "mailboxes": {}, "aliases": {}}
    for step in plan_domains(wanted, state).steps:
        state["domains"][step.item] = {**domain_row(), **step.expected}
    for step in plan_mailboxes(wanted, state["mailboxes"]).steps:
        state["mailboxes"][step.item] = dict(step.expected)
    assert plan_domains(wanted, state).steps == ()
    assert plan_mailboxes(wanted, state["mailboxes"]).steps == ()


def test_a_job_shows_no_password_when_it_is_printed() -> None:
    (step,) = plan_mailboxes(LIST, {}, {"office@example.org": Secret("sesame")}).steps
    assert "sesame" not in repr(step)
    assert "sesame" not in json.dumps(step.job(), default=str)
