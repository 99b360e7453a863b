"""`mail_list.yml`: who has mail. The typed file, and the mailboxes and aliases that it asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from sams.core import strict_yaml
from sams.core.errors import InputError, Problem
from sams.core.names import DisplayName, DomainName, LocalPart, address, local_part
from sams.core.settings.model import Section
from sams.core.strict_yaml import Document, KeyPath
from sams.core.units import Size, mailbox_size
from sams.core.validation import validated

Quota = Annotated[Size, AfterValidator(mailbox_size), Field(examples=["5GiB"])]
Targets = Annotated[tuple[str, ...], Field(min_length=1)]


class Defaults(Section):
    """What holds for every mailbox that does not say otherwise."""

    quota: Quota = Field(default=5 * 2**30, description="Space of a mailbox.")


class MailboxEntry(Section):
    """One mailbox."""

    name: DisplayName | None = Field(default=None, description="Name that people read; none: the local part.", examples=["Front office"])
    quota: Quota | None = Field(default=None, description="Space; none: the default.")
    aliases: tuple[LocalPart, ...] = Field(
        default=(), description="Further names of this mailbox in the same domain.", examples=[["front-desk"]]
    )


class DomainEntry(Section):
    """One mail domain."""

    mailboxes: dict[LocalPart, MailboxEntry] = Field(default={}, description="The mailboxes by local part.")
    aliases: dict[LocalPart, Targets] = Field(
        default={},
        description="Addresses that lead elsewhere: mailboxes of this domain by local part, others by full address.",
        examples=[{"info": ["office", "workshop"]}],
    )


class MailList(Section):
    """The people: domains, mailboxes and aliases."""

    model_config = ConfigDict(title="Mail list")

    version: Literal[1] = Field(description="Version of this file's format.", examples=[1])
    defaults: Defaults = Field(default_factory=Defaults, description="What holds unless a mailbox says otherwise.")
    domains: dict[DomainName, DomainEntry] = Field(description="The mail domains by name.", examples=["{}"])


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox that the list asks for. `quota` in bytes."""

    address: str
    name: str
    quota: int


@dataclass(frozen=True, slots=True)
class Alias:
    """An address that leads to other addresses."""

    address: str
    targets: tuple[str, ...]


def load(path: Path) -> MailList:
    """Read and check a mail list.

    Raises
    ------
    InputError:
        With every mistake of the file.
    """
    return from_document(strict_yaml.load(path))


def from_document(document: Document) -> MailList:
    """The checked list of a document; raises `InputError` with every mistake."""
    mail_list = validated(MailList, document)
    problems = [*_addresses_twice(mail_list, document), *_targets_nowhere(mail_list, document)]
    if problems:
        raise InputError(problems)
    return mail_list


def mailboxes(mail_list: MailList) -> tuple[Mailbox, ...]:
    """Every mailbox, by address."""
    found = (
        Mailbox(f"{local}@{domain}", entry.name or local, entry.quota or mail_list.defaults.quota)
        for domain, part in mail_list.domains.items()
        for local, entry in part.mailboxes.items()
    )
    return tuple(sorted(found, key=lambda mailbox: mailbox.address))


def aliases(mail_list: MailList) -> tuple[Alias, ...]:
    """Every alias, by address, with full target addresses in order."""
    found = [Alias(source, targets) for _, source, targets in _aliases(mail_list)]
    return tuple(sorted(found, key=lambda alias: alias.address))


def _aliases(mail_list: MailList) -> Iterator[tuple[KeyPath, str, tuple[str, ...]]]:
    for domain, part in mail_list.domains.items():
        for local, entry in part.mailboxes.items():
            for index, name in enumerate(entry.aliases):
                path = ("domains", domain, "mailboxes", local, "aliases", index)
                yield path, f"{name}@{domain}", (f"{local}@{domain}",)
        for name, targets in part.aliases.items():
            full = {target if "@" in target else f"{target}@{domain}" for target in targets}
            yield ("domains", domain, "aliases", name), f"{name}@{domain}", tuple(sorted(full))


def _addresses_twice(mail_list: MailList, document: Document) -> Iterator[Problem]:
    """An address is one mailbox or one alias."""
    boxes = {mailbox.address for mailbox in mailboxes(mail_list)}
    seen = Counter(boxes)
    for path, source, _ in _aliases(mail_list):
        seen[source] += 1
        if seen[source] > 1:
            other = "a mailbox" if source in boxes else "another alias"
            remedy = "Keep one of them." if source in boxes else "Keep one alias with all the targets."
            yield document.problem(path, f"{source} is {other} already", seen=source, remedy=remedy)


def _targets_nowhere(mail_list: MailList, document: Document) -> Iterator[Problem]:
    """A target in a domain of ours has to be there; a target elsewhere only has to be an address."""
    known = {mailbox.address for mailbox in mailboxes(mail_list)} | {source for _, source, _ in _aliases(mail_list)}
    for domain, part in mail_list.domains.items():
        for name, targets in part.aliases.items():
            for index, target in enumerate(targets):
                path = ("domains", domain, "aliases", name, index)
                yield from _target_problem(target, domain, known, set(mail_list.domains), document, path)


def _target_problem(target: str, domain: str, known: set[str], domains: set[str], document: Document, path: KeyPath) -> Iterator[Problem]:
    try:
        full = address(target) if "@" in target else f"{local_part(target)}@{domain}"
    except ValueError as error:
        message, _, remedy = str(error).partition("\n")
        yield document.problem(path, message, seen=target, remedy=remedy)
        return
    if full not in known and full.rpartition("@")[2] in domains:
        yield document.problem(
            path,
            "leads nowhere",
            expected="a mailbox or alias of this file, or an address elsewhere",
            seen=full,
            nearest=strict_yaml.nearest(full, sorted(known)),
            remedy=f'Add a mailbox "{full}", or change the target.',
        )
