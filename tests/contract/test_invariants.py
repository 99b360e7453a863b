"""Random sequences of calls hold the stand-in's invariants: counts, quotas, uniqueness, and lists that agree with single gets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.contract.standin import PASSWORD, Standin

MIB = 1048576
DOMAINS = ("a.example", "b.example")
LIMITS = {"mailboxes": 3, "aliases": 2, "defquota": 1, "maxquota": 50, "quota": 80, "key_size": 0}
domains = st.sampled_from(["a.example", "a.example", "A.Example", "b.example", "nowhere.example"])
local_parts = st.sampled_from(["ann", "Bob", "x+y"])
quotas = st.sampled_from([0, 1, 40, "45", 3.9, "", 51])
flags = st.sampled_from([0, 1, "0", "1", True, False])


def in_bytes(quota: Any) -> int:
    """What a quota in MiB comes out as."""
    return int(float(quota or 0)) * MIB


def pick(addresses: Iterable[str], which: int) -> str:
    """One of the addresses, or one that is not there."""
    known = [*sorted(addresses), "nobody@a.example"]
    return known[which % len(known)]


def successes(answer: Any) -> list[list[Any]]:
    """Messages of what was done; an answer that is no list did nothing."""
    return [entry["msg"] for entry in answer if entry["type"] == "success"] if isinstance(answer, list) else []


class Calls(RuleBasedStateMachine):
    """Adds, edits and deletes in any order, with a model of who exists."""

    standin: Standin

    @initialize()
    def start(self) -> None:
        """Two small domains on a server whose other objects are gone."""
        self.mailboxes: dict[str, Any] = {}
        self.aliases: set[str] = set()
        statements = ("SET FOREIGN_KEY_CHECKS = 0", *(f"DELETE FROM {table}" for table in ("mailbox", "alias", "domain", "quota2")))
        self.standin.sql(";".join((*statements, "DELETE FROM tags_mailbox", "DELETE FROM user_acl", "DELETE FROM tags_domain")))
        for name in DOMAINS:
            assert successes(self.post("add/domain", {"domain": name, **LIMITS}))

    def post(self, route: str, body: Any) -> Any:
        """The answer; an empty one, which is a crash, as None."""
        answer = self.standin.post(route, body)
        assert answer.status == 200, answer.text
        return json.loads(answer.text) if answer.text else None

    @rule(local_part=local_parts, domain=domains, quota=quotas, active=flags)
    def add_mailbox(self, local_part: str, domain: str, quota: Any, active: Any) -> None:
        """It is made exactly when nothing is in its way."""
        address = f"{local_part}@{domain}".lower()
        body = {"local_part": local_part, "domain": domain, "quota": quota, "active": active}
        answer = self.post("add/mailbox", {**body, "password": PASSWORD, "password2": PASSWORD})
        inside = self.inside(self.mailboxes, domain)
        free = address not in self.aliases | self.mailboxes.keys() and len(inside) < LIMITS["mailboxes"]
        made = any(message[0] == "mailbox_added" for message in successes(answer))
        assert made == (free and domain.lower() in DOMAINS and self.fits(quota, inside)), answer
        if made:
            self.mailboxes[address] = in_bytes(quota)

    @rule(which=st.integers(0, 9), quota=quotas)
    def edit_quota(self, which: int, quota: Any) -> None:
        """MiB go in; an empty text keeps what is there."""
        address = pick(self.mailboxes, which)
        answer = self.post("edit/mailbox", {"items": [address], "attr": {"quota": quota}})
        others = [name for name in self.inside(self.mailboxes, address.partition("@")[2]) if name != address]
        assert bool(successes(answer)) == (address in self.mailboxes and (quota == "" or self.fits(quota, others))), answer
        if successes(answer) and quota != "":
            self.mailboxes[address] = in_bytes(quota)

    def inside(self, addresses: Iterable[str], domain: str) -> list[str]:
        """Those of the addresses that lie in a domain."""
        return [address for address in addresses if address.endswith(f"@{domain.lower()}")]

    def fits(self, quota: Any, others: list[str]) -> bool:
        """Whether a mailbox may have this quota beside the others of its domain."""
        used = sum(self.mailboxes[address] for address in others)
        return in_bytes(quota) <= LIMITS["maxquota"] * MIB and used + in_bytes(quota) <= LIMITS["quota"] * MIB

    @rule(which=st.integers(0, 9))
    def delete_mailbox(self, which: int) -> None:
        """A missing one is denied."""
        address = pick(self.mailboxes, which)
        answer = self.post("delete/mailbox", [address])
        assert bool(successes(answer)) == (address in self.mailboxes)
        if successes(answer):
            del self.mailboxes[address]

    @rule(local_part=local_parts, domain=domains, goto=local_parts, active=flags)
    def add_alias(self, local_part: str, domain: str, goto: str, active: Any) -> None:
        """Unique among aliases and mailboxes, whatever the case of its letters."""
        body = {"address": f"{local_part}@{domain}", "goto": f"{goto}@elsewhere.example", "active": active}
        answer = self.post("add/alias", body)
        address = f"{local_part}@{domain}".lower()
        free = address not in self.aliases | self.mailboxes.keys()
        room = len(self.inside(self.aliases, domain)) < LIMITS["aliases"]
        assert answer is not None, "crashed on a taken address"
        assert bool(successes(answer)) == (free and room and domain.lower() in DOMAINS), answer
        if successes(answer):
            self.aliases.add(address)

    @rule(which=st.integers(0, 9))
    def delete_alias(self, which: int) -> None:
        """By address; a mailbox's own row is not one."""
        address = pick([*self.aliases, *self.mailboxes], which)
        assert bool(successes(self.post("delete/alias", [address]))) == (address in self.aliases)
        self.aliases.discard(address)

    @rule(domain=domains, tag=st.sampled_from(["x", "y"]))
    def tag_domain(self, domain: str, tag: str) -> None:
        """A tag that is there crashes the call, and is there once all the same."""
        before = self.one(f"domain/{domain}").get("tags", [])
        answer = self.post("edit/domain", {"items": [domain], "attr": {"tags": [tag]}})
        assert (answer is None) == (tag in before)

    @rule(domain=domains)
    def delete_domain(self, domain: str) -> None:
        """Not while it has mailboxes; otherwise with success, even when it never was."""
        inside = self.inside(self.mailboxes, domain)
        answer = self.post("delete/domain", [domain])
        assert bool(successes(answer)) == (not inside)
        if not inside and domain.lower() in DOMAINS:
            self.aliases -= set(self.inside(self.aliases, domain))
            assert successes(self.post("add/domain", {"domain": domain, **LIMITS}))

    def listed(self, route: str) -> list[dict[str, Any]]:
        """A list; `{}` when it is empty, never `[]`."""
        value = self.standin.get(route)
        assert value != []
        return list(value) if isinstance(value, list) else []

    def one(self, route: str) -> dict[str, Any]:
        """One object."""
        return dict(self.standin.get(route))

    @invariant()
    def mailboxes_are_the_models(self) -> None:
        """Both lists and the single get tell the same; quotas come out as bytes."""
        rows = self.listed("mailbox/all")
        assert {row["username"]: row["quota"] for row in rows} == self.mailboxes
        reduced = {row["username"]: row for row in self.listed("mailbox/reduced")}
        for row in rows:
            assert reduced[row["username"]].items() <= row.items()
        for row in rows[:1]:
            assert self.one(f"mailbox/{row['username'].replace('+', '%252B')}") == row

    @invariant()
    def aliases_are_the_models(self) -> None:
        """Each once, and the same one by one."""
        rows = self.listed("alias/all")
        assert sorted(row["address"].lower() for row in rows) == sorted(self.aliases)
        for row in rows[:1]:
            assert self.one(f"alias/{row['id']}") == row

    @invariant()
    def a_domain_alone_is_the_one_in_the_list(self) -> None:
        """Whatever the case of its name."""
        assert self.one("domain/A.example") in self.listed("domain/all")

    @invariant()
    def domains_count_what_is_in_them(self) -> None:
        """Counts and sums follow from the objects, and calls one after the other never pass a limit."""
        for row in self.listed("domain/all"):
            inside = [self.mailboxes[address] for address in self.inside(self.mailboxes, row["domain_name"])]
            aliases = self.inside(self.aliases, row["domain_name"])
            assert (row["mboxes_in_domain"], row["quota_used_in_domain"]) == (len(inside), str(sum(inside)))
            assert (row["aliases_in_domain"], row["aliases_left"]) == (len(aliases), row["max_num_aliases_for_domain"] - len(aliases))
            assert len(inside) <= row["max_num_mboxes_for_domain"]
            assert sum(inside) <= row["max_quota_for_domain"]
            assert len(row.get("tags", [])) == len(set(row.get("tags", [])))


def run(standin: Standin, examples: int, steps: int, *phases: Phase) -> None:
    """Run so many sequences of at most so many calls; a failing one is printed with what repeats it."""
    standin.fresh()
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        phases=(Phase.generate, *phases),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(type("Run", (Calls,), {"standin": standin}), settings=chosen)


def test_random_sequences_of_calls_hold_the_invariants(standin: Standin) -> None:
    """A share of the long series, in well under a minute."""
    run(standin, 12, 25)


@pytest.mark.soak
def test_many_random_sequences_of_calls_hold_the_invariants(standin: Standin) -> None:
    """The long series; it takes the time to shorten a failing sequence."""
    run(standin, 200, 50, Phase.shrink)
