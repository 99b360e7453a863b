"""Random sequences of calls hold the stand-in's invariants: counts, quotas, uniqueness, and lists that agree with single gets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.contract.standin import PASSWORD, Standin

MIB = 1048576
DOMAINS = ("a.example", "b.example")
domains = st.sampled_from([*DOMAINS, "A.Example", "nowhere.example"])
local_parts = st.sampled_from(["ann", "bob", "Cid", "o'neil", "x+y"])
quotas = st.sampled_from([0, 1, 5, 40, 90, "7", 3.9, "", 101])
flags = st.sampled_from([0, 1, "0", "1", True, False])


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
            limits = {"mailboxes": 4, "aliases": 3, "defquota": 1, "maxquota": 50, "quota": 100, "key_size": 0}
            assert successes(self.post("add/domain", {"domain": name, **limits}))

    def post(self, route: str, body: Any) -> Any:
        """The answer; an empty one, which is a crash, as None."""
        answer = self.standin.post(route, body)
        assert answer.status == 200, answer.text
        return json.loads(answer.text) if answer.text else None

    @rule(local_part=local_parts, domain=domains, quota=quotas, active=flags)
    def add_mailbox(self, local_part: str, domain: str, quota: Any, active: Any) -> None:
        """It is made exactly when the answer says so, and not a second time."""
        address = f"{local_part}@{domain}".lower()
        body = {"local_part": local_part, "domain": domain, "quota": quota, "active": active}
        answer = self.post("add/mailbox", {**body, "password": PASSWORD, "password2": PASSWORD})
        if any(message[0] == "mailbox_added" for message in successes(answer)):
            assert address not in self.mailboxes
            assert address not in self.aliases
            self.mailboxes[address] = int(float(quota or 0)) * MIB

    @rule(local_part=local_parts, domain=domains, quota=quotas)
    def edit_quota(self, local_part: str, domain: str, quota: Any) -> None:
        """MiB go in; an empty text keeps what is there."""
        address = f"{local_part}@{domain}".lower()
        answer = self.post("edit/mailbox", {"items": [address], "attr": {"quota": quota}})
        if successes(answer):
            assert address in self.mailboxes
            self.mailboxes[address] = self.mailboxes[address] if quota == "" else int(float(quota)) * MIB

    @rule(local_part=local_parts, domain=domains)
    def delete_mailbox(self, local_part: str, domain: str) -> None:
        """A missing one is denied."""
        address = f"{local_part}@{domain}".lower()
        answer = self.post("delete/mailbox", [address])
        assert bool(successes(answer)) == (address in self.mailboxes)
        if successes(answer):
            del self.mailboxes[address]
            self.aliases = {row["address"].lower() for row in self.listed("alias/all")}

    @rule(local_part=local_parts, domain=domains, goto=local_parts, active=flags)
    def add_alias(self, local_part: str, domain: str, goto: str, active: Any) -> None:
        """Unique among aliases and mailboxes, whatever the case of its letters."""
        body = {"address": f"{local_part}@{domain}", "goto": f"{goto}@elsewhere.example", "active": active}
        if successes(self.post("add/alias", body)):
            address = f"{local_part}@{domain}".lower()
            assert address not in self.aliases | self.mailboxes.keys()
            self.aliases.add(address)

    @rule(local_part=local_parts, domain=domains)
    def delete_alias(self, local_part: str, domain: str) -> None:
        """By address; a mailbox's own row is not one."""
        address = f"{local_part}@{domain}".lower()
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
        inside = [address for address in self.mailboxes if address.endswith(f"@{domain.lower()}")]
        answer = self.post("delete/domain", [domain])
        assert bool(successes(answer)) == (not inside)
        if not inside and domain.lower() in DOMAINS:
            self.aliases = {address for address in self.aliases if not address.endswith(f"@{domain.lower()}")}
            limits = {"mailboxes": 4, "aliases": 3, "defquota": 1, "maxquota": 50, "quota": 100, "key_size": 0}
            assert successes(self.post("add/domain", {"domain": domain, **limits}))

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
    def domains_count_what_is_in_them(self) -> None:
        """Counts and sums follow from the objects, and calls one after the other never pass a limit."""
        for row in self.listed("domain/all"):
            inside = [quota for address, quota in self.mailboxes.items() if address.endswith(f"@{row['domain_name']}")]
            aliases = [address for address in self.aliases if address.endswith(f"@{row['domain_name']}")]
            assert (row["mboxes_in_domain"], row["quota_used_in_domain"]) == (len(inside), str(sum(inside)))
            assert (row["aliases_in_domain"], row["aliases_left"]) == (len(aliases), row["max_num_aliases_for_domain"] - len(aliases))
            assert len(inside) <= row["max_num_mboxes_for_domain"]
            assert sum(inside) <= row["max_quota_for_domain"]
            assert len(row.get("tags", [])) == len(set(row.get("tags", [])))
            assert self.one(f"domain/{row['domain_name']}") == row


def run(standin: Standin, examples: int, steps: int) -> None:
    """Run so many sequences of at most so many calls; a failing one is shrunk and printed with its seed."""
    standin.fresh()
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(type("Run", (Calls,), {"standin": standin}), settings=chosen)


def test_random_sequences_of_calls_hold_the_invariants(standin: Standin) -> None:
    """A share of the long series, in well under a minute."""
    run(standin, examples=12, steps=20)


@pytest.mark.soak
def test_many_random_sequences_of_calls_hold_the_invariants(standin: Standin) -> None:
    """The long series."""
    run(standin, examples=200, steps=50)
