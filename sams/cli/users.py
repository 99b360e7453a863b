"""`sams users`: the mail list."""

from __future__ import annotations

from pathlib import Path

import click

from sams.cli import input_file, options
from sams.core import mail_list
from sams.core.mail_list import MailList


@click.group()
def commands() -> None:
    """Check and explain mail_list.yml."""


@commands.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("mail_list.yml"))
@options.as_json
def check(file: Path, as_json: bool) -> None:
    """Check FILE (mail_list.yml) and show every mistake."""
    input_file.check(file, mail_list.load, summary, as_json)


@commands.command()
@options.as_json
def schema(as_json: bool) -> None:
    """Print every key with its type, default and meaning."""
    input_file.schema(MailList, as_json)


def summary(people: MailList) -> str:
    """The list in one line."""
    counts = (len(people.domains), len(mail_list.mailboxes(people)), len(mail_list.aliases(people)))
    nouns = ("domain", "mailbox", "alias")
    return ", ".join(
        f"{count} {noun if count == 1 else noun + plural}" for count, noun, plural in zip(counts, nouns, ("s", "es", "es"), strict=True)
    )
