"""The whole main job on test hosts, step by step: machines, what stands in for the internet, services, people, a mail."""

from __future__ import annotations

import imaplib
import smtplib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sams.adapters import hosts_file
from sams.adapters.hosts_file import HostRecord
from sams.adapters.vault import vault
from sams.adapters.vault_client import VaultUnavailable
from sams.core import mail_list
from tests.harness import mail
from tests.harness.environment import Deployed, Environment
from tests.harness.processes import ROOT, run
from tests.lab.authority import certificate_file

MAIL_LIST = ROOT / "mail_list.yml"


@dataclass(frozen=True)
class Site:
    """A deployed environment, seen from outside."""

    environment: Environment

    def host(self, group: str) -> HostRecord:
        """The first host of a group."""
        return next(record for record in hosts_file.read(self.environment.name) if group in record.groups)

    @property
    def mail_server(self) -> mail.Server:
        """The mail host as a mail user sees it."""
        record = self.host("mailservers")
        return mail.Server(record.fqdn, record.public_address, certificate_file())

    def account(self, address: str) -> mail.Account:
        """Someone of the mail list, with the password that Vault keeps."""
        document = vault(self.environment.name).read(f"mail/mailboxes/{address}")
        if document is None:
            raise AssertionError(f"Vault has no password for {address}")
        return mail.Account(address, document["password"])

    def round_trip(self, sender: str, recipient: str, submit: Callable[[mail.Server], mail.Submission]) -> bytes:
        """Send a message by authenticated submission and read it by IMAP."""
        subject = f"round trip {uuid.uuid4().hex}"
        mail.send(submit(self.mail_server), self.account(sender), recipient, subject)
        return mail.wait_for(self.mail_server, self.account(recipient), subject)

    def wait_until_mail_answers(self, seconds: float = 180) -> None:
        """Wait until Vault tells a password with which someone of the list can log in to IMAP and submission."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                reader = self.account(addresses()[0])
                mail.search(self.mail_server, reader, "anything")
                with mail.Submission(self.mail_server) as client:
                    mail.login(client, reader)
                return
            except (VaultUnavailable, OSError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
                if time.monotonic() > deadline:
                    raise AssertionError(f"expected mail to answer within {seconds:.0f} s, seen: {error}") from error
                time.sleep(2)


def machines(environment: Environment) -> None:
    """Make the test hosts and what they find on their network."""
    environment.provision("apply").expect()
    run("python", "-m", "tests.lab", "up", "--env", environment.name).expect()


def services(environment: Environment, *arguments: str) -> Deployed:
    """Deploy the whole site."""
    return environment.deploy("site.py", *arguments).expect()


def people(environment: Environment, *arguments: str) -> Deployed:
    """Bring the mail list to the mail host."""
    return environment.deploy("users.py", *arguments).expect()


def nothing_changes(site: Site) -> None:
    """A run of the site and of the people changes nothing on any host; an error names what changed."""
    for run_again in (services, people):
        again = run_again(site.environment)
        if again.totals["success"] or again.totals["error"]:
            changed = [row["name"] for row in again.operations if row["success"]]
            seen = ", ".join(again.changed()) or again.totals
            raise AssertionError(f"expected a run that changes nothing, seen: {seen}\n{again.said_of(*changed[:1])}")


def addresses(path: Path = MAIL_LIST) -> list[str]:
    """The mailboxes of a mail list, by address."""
    return [mailbox.address for mailbox in mail_list.mailboxes(mail_list.load(path))]
