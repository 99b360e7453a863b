"""The mail list: what it asks for, and what it refuses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sams.core import mail_list
from sams.core.errors import InputError, Problem
from sams.core.mail_list import Alias, Mailbox, MailList
from sams.core.strict_yaml import parse

EXAMPLE = """
version: 1
defaults: {quota: 5GiB}
domains:
  example.org:
    mailboxes:
      office: {name: Front office, aliases: [front-desk]}
      workshop: {quota: 10GiB}
    aliases:
      info: [office, workshop]
      boss: [someone@elsewhere.example]
  example.net:
    mailboxes:
      office:
"""


def read(text: str) -> MailList:
    return mail_list.from_document(parse(text, "mail_list.yml"))


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value.problems


def test_the_list_asks_for_mailboxes_with_names_and_quotas() -> None:
    assert mail_list.mailboxes(read(EXAMPLE)) == (
        Mailbox("office@example.net", "office", 5 * 2**30),
        Mailbox("office@example.org", "Front office", 5 * 2**30),
        Mailbox("workshop@example.org", "workshop", 10 * 2**30),
    )


def test_the_list_asks_for_aliases_with_full_addresses() -> None:
    assert mail_list.aliases(read(EXAMPLE)) == (
        Alias("boss@example.org", ("someone@elsewhere.example",)),
        Alias("front-desk@example.org", ("office@example.org",)),
        Alias("info@example.org", ("office@example.org", "workshop@example.org")),
    )


def test_the_order_of_the_file_does_not_matter() -> None:
    shuffled = """
domains:
  example.net: {mailboxes: {office: {}}}
  example.org:
    aliases: {boss: [someone@elsewhere.example], info: [workshop, office]}
    mailboxes: {workshop: {quota: 10GiB}, office: {aliases: [front-desk], name: Front office}}
defaults: {quota: 5GiB}
version: 1
"""
    one, other = read(EXAMPLE), read(shuffled)
    assert mail_list.mailboxes(one) == mail_list.mailboxes(other)
    assert mail_list.aliases(one) == mail_list.aliases(other)


@pytest.mark.parametrize(
    ("body", "key", "message"),
    [
        ("mailboxes: {Office: {}}", "mailboxes.Office", "has capital letters"),
        ("mailboxes: {-x: {}}", "mailboxes.-x", "is no mailbox name"),
        ("mailboxes: {a..b: {}}", "mailboxes.a..b", "is no mailbox name"),
        ("mailboxes: {a@b.example: {}}", "mailboxes.a@b.example", "has an @"),
        ('mailboxes: {"a\\u0007": {}}', "mailboxes.a\x07", "is no mailbox name"),
        ('mailboxes: {a: {name: "x\\ny"}}', "mailboxes.a.name", "is no name"),
        ("mailboxes: {a: {quota: 0MiB}}", "mailboxes.a.quota", "is not a size"),
        ("mailboxes: {a: {quota: 5}}", "mailboxes.a.quota", "is no whole number of MiB"),
        ("mailboxes: {a: {password: x}}", "mailboxes.a.password", "unknown key"),
        ("aliases: {a: []}", "aliases.a", "has too few entries"),
        ("aliases: {a: [nobody]}", "aliases.a[0]", "leads nowhere"),
        ("aliases: {a: [b@nowhere]}", "aliases.a[0]", "is no full domain name"),
        ("aliases: {a: [-x]}", "aliases.a[0]", "is no mailbox name"),
        ("{mailboxes: {a: {}}, aliases: {a: [a]}}", "aliases.a", "a@example.org is a mailbox already"),
        ("mailboxes: {a: {aliases: [c]}, b: {aliases: [c]}}", "mailboxes.b.aliases[0]", "c@example.org is another alias already"),
    ],
)
def test_a_mistake_is_told_at_its_place(body: str, key: str, message: str) -> None:
    found = problems(f"version: 1\ndomains:\n  example.org:\n    {body}\n")
    assert (f"domains.example.org.{key}", message) in {(problem.key, problem.message) for problem in found}
    assert all(problem.line >= 3 for problem in found)


@pytest.mark.parametrize("domain", ["Example.org", "localhost", "-a.org", "a_b.org", "bücher.example", "192.0.2.1", "a..b"])
def test_what_is_no_mail_domain_is_refused(domain: str) -> None:
    [problem] = problems(f"version: 1\ndomains:\n  {domain}: {{}}\n")
    assert problem.key == f"domains.{domain}"
    assert problem.seen == domain


def test_keys_of_later_versions_are_refused_and_not_passed_over() -> None:
    [problem] = problems("version: 1\ndomains: {}\nleavers: {}\n")
    assert (problem.key, problem.message) == ("leavers", "unknown key")


def test_the_list_that_comes_with_the_project_has_no_mistakes() -> None:
    people = mail_list.load(Path(__file__).parents[2] / "mail_list.yml")
    assert len(mail_list.mailboxes(people)) >= 2


def test_ten_thousand_mailboxes_are_read_in_seconds() -> None:
    boxes = "".join(f"      user{n}: {{name: User {n}, aliases: [u{n}, v{n}]}}\n" for n in range(10_000))
    started = time.monotonic()
    people = read(f"version: 1\ndomains:\n  example.org:\n    mailboxes:\n{boxes}")
    assert len(mail_list.aliases(people)) == 20_000
    assert time.monotonic() - started < 8
