"""Domains, mailboxes and aliases: what the list asks for against what Mailcow has, as steps that its API can take.

Mailcow takes quotas in MiB and tells them in bytes; we keep bytes and turn them at this border. Nothing here deletes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sams.core.mail_list import Alias, Mailbox, MailList, aliases, mailboxes
from sams.core.secret import Secret

MIB = 2**20
Row = Mapping[str, Any]

#: Mailcow's own limits for a new domain; ours are never lower.
LEAST_LIMITS = {"mailboxes": 10, "aliases": 400, "maxquota": 10240, "quota": 10240}
#: How the limits are called in answers, and in what they count there.
TOLD_LIMITS = {
    "mailboxes": ("max_num_mboxes_for_domain", 1),
    "aliases": ("max_num_aliases_for_domain", 1),
    "maxquota": ("max_quota_for_mbox", MIB),
    "quota": ("max_quota_for_domain", MIB),
}
#: What marks an alias as ours.
MARK = "sams"


@dataclass(frozen=True)
class Step:
    """One call of the API, and what must be read back after it.

    ``body`` may hold secrets. ``expected`` is in the words and units of the answer; a list stands for a text of
    comma-separated items in any order.
    """

    item: str
    domain: str
    call: str
    body: Mapping[str, Any]
    read: str
    expected: Mapping[str, Any]
    changes: tuple[str, ...] = ()

    def job(self) -> dict[str, Any]:
        """What the host's verb ``mailcow_apply`` takes."""
        names = ("item", "domain", "call", "body", "read", "expected")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Plan:
    """What has to be done, and what Mailcow has that the list does not name."""

    steps: tuple[Step, ...] = ()
    unmanaged: tuple[str, ...] = ()

    @property
    def created(self) -> list[str]:
        """Names of the objects that will be made."""
        return [step.item for step in self.steps if step.call.startswith("add/")]

    @property
    def changed(self) -> list[str]:
        """Names of the objects that will be edited."""
        return [step.item for step in self.steps if step.call.startswith("edit/")]


@dataclass(frozen=True)
class Need:
    """What a domain must have room for; sizes in MiB."""

    mailboxes: int = 0
    aliases: int = 0
    maxquota: int = 0
    quota: int = 0


def plan_domains(mail_list: MailList, seen: Mapping[str, Mapping[str, Row]]) -> Plan:
    """Domains of the list: there, active, and with room for their mailboxes and aliases.

    Parameters
    ----------
    mail_list:
        What is asked for.
    seen:
        ``domains``, ``mailboxes`` and ``aliases`` of Mailcow, each by name.
    """
    steps = (
        step for name in sorted(mail_list.domains) for step in domain_steps(name, need(mail_list, name, seen), seen["domains"].get(name))
    )
    return Plan(tuple(steps), tuple(sorted(seen["domains"].keys() - mail_list.domains.keys())))


def need(mail_list: MailList, domain: str, seen: Mapping[str, Mapping[str, Row]]) -> Need:
    """Room for what is listed and for what is there beside it."""
    listed = {box.address: box.quota for box in mailboxes(mail_list) if domain_of(box.address) == domain}
    quotas = {**{name: int(row["quota"]) for name, row in of_domain(seen["mailboxes"], domain).items()}, **listed}
    names = {alias.address for alias in aliases(mail_list) if domain_of(alias.address) == domain} | of_domain(
        seen["aliases"], domain
    ).keys()
    sizes = [quota // MIB for quota in quotas.values()]
    return Need(len(quotas), len(names), max(sizes, default=0), sum(sizes))


def domain_steps(name: str, wanted: Need, seen: Row | None) -> Iterator[Step]:
    """Make a domain, or edit what is too small or switched off in it."""
    read = f"domain/{name}"
    if seen is None:
        limits = {key: roomy(key, getattr(wanted, key)) for key in LEAST_LIMITS}
        yield Step(
            name, name, "add/domain", {"domain": name, "active": 1, **limits}, read, {"domain_name": name, "active": 1, **told(limits)}
        )
        return
    small = {key: roomy(key, getattr(wanted, key)) for key in LEAST_LIMITS if too_small(key, getattr(wanted, key), seen)}
    attributes = {**small, **({} if int(seen["active"]) == 1 else {"active": 1})}
    if attributes:
        expected = {"domain_name": name, "active": 1, **told(small)}
        yield Step(name, name, "edit/domain", {"items": [name], "attr": attributes}, read, expected, tuple(sorted(attributes)))


def roomy(key: str, least: int) -> int:
    """A limit with room for twice what is there, so that it is seldom edited: on a large server that call is dear."""
    return max(LEAST_LIMITS[key], 2 * least if key != "maxquota" else least)


def too_small(key: str, least: int, seen: Row) -> bool:
    """Whether a limit has no room for what is needed."""
    name, unit = TOLD_LIMITS[key]
    return int(seen[name]) < least * unit


def told(limits: Mapping[str, int]) -> dict[str, int]:
    """Limits in the words and units of the answer."""
    return {TOLD_LIMITS[key][0]: value * TOLD_LIMITS[key][1] for key, value in limits.items()}


def plan_mailboxes(mail_list: MailList, seen: Mapping[str, Row], passwords: Mapping[str, Secret] | None = None) -> Plan:
    """Mailboxes of the list: there, active, with name and quota.

    Parameters
    ----------
    mail_list:
        What is asked for.
    seen:
        Mailcow's mailboxes of the list's domains, by address.
    passwords:
        First passwords by address; without them the steps only show what would be done.
    """
    wanted = mailboxes(mail_list)
    steps = (step for box in wanted for step in mailbox_steps(box, seen.get(box.address), (passwords or {}).get(box.address)))
    return Plan(tuple(steps), tuple(sorted(seen.keys() - {box.address for box in wanted})))


def mailbox_steps(box: Mailbox, seen: Row | None, password: Secret | None) -> Iterator[Step]:
    """Make a mailbox, or edit what differs in it."""
    local, _, domain = box.address.rpartition("@")
    expected = {"username": box.address, "name": box.name, "quota": box.quota, "active": 1}
    if seen is None:
        body = {"local_part": local, "domain": domain, "name": box.name, "quota": box.quota // MIB, "active": 1, "authsource": "mailcow"}
        both = {"password": password, "password2": password}
        yield Step(box.address, domain, "add/mailbox", {**body, **both}, f"mailbox/{box.address}", expected)
        return
    changes = tuple(key for key in ("name", "quota", "active") if str(seen[key]) != str(expected[key]))
    if changes:
        attributes = {key: box.quota // MIB if key == "quota" else expected[key] for key in changes}
        if kept := (seen.get("attributes") or {}).get("attribute_hash"):
            attributes["attribute_hash"] = kept  # every edit wipes it unless it is sent again
        body = {"items": [box.address], "attr": attributes}
        yield Step(box.address, domain, "edit/mailbox", body, f"mailbox/{box.address}", expected, changes)


def plan_aliases(mail_list: MailList, seen: Mapping[str, Row]) -> Plan:
    """Aliases of the list: there, active, leading where they should."""
    wanted = aliases(mail_list)
    steps = (step for alias in wanted for step in alias_steps(alias, seen.get(alias.address)))
    return Plan(tuple(steps), tuple(sorted(seen.keys() - {alias.address for alias in wanted})))


def alias_steps(alias: Alias, seen: Row | None) -> Iterator[Step]:
    """Make an alias, or edit what differs in it; left out, its flags would be off."""
    domain, read = domain_of(alias.address), f"alias/{alias.address}"
    expected = {"address": alias.address, "goto": list(alias.targets), "active": 1}
    if seen is None:
        flags = {"active": 1, "sogo_visible": 1, "sender_allowed": 1, "private_comment": MARK}
        body = {"address": alias.address, "goto": ",".join(alias.targets), **flags}
        yield Step(alias.address, domain, "add/alias", body, read, {**expected, **flags})
        return
    changes = [] if set(str(seen["goto"]).lower().split(",")) == set(alias.targets) else ["goto"]
    changes += [] if int(seen["active"]) == 1 else ["active"]
    if changes:
        attributes = {"goto": ",".join(alias.targets), "active": 1}
        yield Step(alias.address, domain, "edit/alias", {"items": [alias.address], "attr": attributes}, read, expected, tuple(changes))


def domain_of(address: str) -> str:
    """The domain of an address."""
    return address.rpartition("@")[2]


def of_domain(rows: Mapping[str, Row], domain: str) -> dict[str, Row]:
    """The rows whose address is in a domain."""
    return {address: row for address, row in rows.items() if domain_of(address) == domain}


def summary(kind: str, plan: Plan, total: int) -> str:
    """What will be done, in one line: counts, then what is left alone."""
    counts = f"{kind}: {len(plan.created)} to make, {len(plan.changed)} to change, {total - len(plan.steps)} as wanted"
    return f"{counts}, {len(plan.unmanaged)} unmanaged" if plan.unmanaged else counts


def details(plan: Plan) -> Sequence[str]:
    """Each object that will be made or changed, and each that Mailcow has beside the list."""
    made = [f"+ {name}" for name in plan.created]
    edited = [f"~ {step.item} ({', '.join(step.changes)})" for step in plan.steps if step.changes]
    return [*made, *edited, *(f"? {name} is not in the list; it is left as it is" for name in plan.unmanaged)]
