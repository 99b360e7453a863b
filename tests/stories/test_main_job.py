"""From nothing to a mail host that works, that a second run leaves alone, and that comes back by itself."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable

import pytest

from tests.harness import mail
from tests.harness.first_deployment import FirstDeployment
from tests.harness.hosts import restart
from tests.harness.site import Site, addresses, nothing_changes


def test_a_fresh_environment_shows_its_whole_plan(first_deployment: FirstDeployment) -> None:
    plan = first_deployment.plan
    assert plan.status == 0, plan.errors[-3000:]
    for service in ("Base", "Docker", "Vault", "Mailcow", "Fail2Ban", "Unattended upgrades"):
        assert f"{service} | " in plan.output + plan.errors, f"{service} is missing in the plan"


@pytest.mark.parametrize("submit", [mail.Submission, mail.Submissions], ids=["587 STARTTLS", "465 TLS"])
def test_a_mail_travels(site: Site, submit: Callable[[mail.Server], mail.Submission]) -> None:
    sender, recipient, *_ = addresses()
    message = site.round_trip(sender, recipient, submit)
    assert f"From: {sender}".encode() in message


def test_a_stranger_cannot_relay(site: Site) -> None:
    with smtplib.SMTP(site.mail_server.address, 25, timeout=mail.TIMEOUT) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("someone@outside.test", ["victim@elsewhere.test"], "Subject: relay\n\n")


def test_another_authority_does_not_vouch_for_the_mail_host(site: Site) -> None:
    server = site.mail_server
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(server.connect(993), server_hostname=server.name)


def test_vault_is_open_before_mailcow_begins(first_deployment: FirstDeployment) -> None:
    names = [operation["name"] for operation in first_deployment.services.operations]
    last_of_vault = max(index for index, name in enumerate(names) if name.startswith("Vault | "))
    first_of_mailcow = min(index for index, name in enumerate(names) if name.startswith("Mailcow | "))
    assert last_of_vault < first_of_mailcow


def test_a_second_run_changes_nothing(site: Site) -> None:
    nothing_changes(site)


def test_after_a_restart_of_every_host_all_comes_back_by_itself(site: Site) -> None:
    for group in ("auxiliary", "mailservers"):
        restart(site.host(group))
    sender, recipient, *_ = addresses()
    subject = "after the restart"
    site.wait_until_mail_answers()
    mail.send(mail.Submission(site.mail_server), site.account(sender), recipient, subject)
    assert mail.wait_for(site.mail_server, site.account(recipient), subject)
    nothing_changes(site)
