"""What the Mailcow stand-in must have in common with Mailcow for other tests to mean something, seen on the mail host."""

from __future__ import annotations

import imaplib
import json
import re
import smtplib
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from sams.adapters.hosts_file import HostRecord
from sams.core.secret import Secret
from tests.harness import mail
from tests.harness.hosts import inside
from tests.harness.site import Site, addresses

RECORDED = Path(__file__).parent.parent / "data" / "mailcow-logs"
#: What differs between two runs of the same event.
VARIABLE = (
    (r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [0-9a-f]{12} ", "HEADER "),
    (r"server-signature \S+ \(.*?\)", "server-signature KEY"),
    (r"[\w.+-]+@[\w.-]+", "USER"),
    (r"<[\w+/]{8,}=*>", "<SESSION>"),
    (r"given password: [0-9a-f]{6}\b", "given password: DIGEST"),
    (r"\d+\.\d+\.\d+\.\d+", "ADDRESS"),
    (r"\d+", "N"),
)


@pytest.fixture(scope="module")
def host(site: Site) -> HostRecord:
    return site.host("mailservers")


def shape(line: str) -> str:
    """A log line without what differs from run to run."""
    for pattern, name in VARIABLE:
        line = re.sub(pattern, name, line)
    return line


def recorded(log: str, event: str) -> list[str]:
    """The shapes of the lines of a recorded event."""
    _, _, rest = (RECORDED / log).read_text().partition(f"\n# {event}\n")
    return [shape(line) for line in rest.split("\n\n")[0].splitlines()]


def messages(host: HostRecord, service: str, since: float) -> list[bytes]:
    """What a service has logged, as the journal keeps it."""
    name = f"CONTAINER_NAME=mailcowdockerized-{service}-mailcow-1"
    entries = inside(host, "journalctl", "--output=json", "--all", f"--since=@{int(since)}", name).splitlines()
    texts = [json.loads(entry)["MESSAGE"] for entry in entries]
    return [text.encode() if isinstance(text, str) else bytes(text) for text in texts]


def wrong(site: Site) -> mail.Account:
    """Someone of the mail list who mistypes."""
    return mail.Account(addresses()[0], Secret("not-the-password"))


def logged_in_order(wanted: Iterable[str], host: HostRecord, service: str, since: float, seconds: float = 20) -> bool:
    """Whether lines of these shapes come, in this order, possibly among others."""
    wanted, deadline = list(wanted), time.monotonic() + seconds
    assert wanted
    while time.monotonic() < deadline:
        seen = iter([shape(message.decode().rstrip("\r")) for message in messages(host, service, since)])
        if all(line in seen for line in wanted):
            return True
        time.sleep(1)
    return False


def test_a_wrong_password_over_imap_is_logged_as_recorded(site: Site, host: HostRecord) -> None:
    since = time.time()
    with pytest.raises(imaplib.IMAP4.error):
        mail.search(site.mail_server, wrong(site), "anything")
    assert logged_in_order(recorded("dovecot.log", "IMAPS, wrong password, LOGOUT"), host, "dovecot", since)


def test_a_wrong_password_over_submission_is_logged_as_recorded_by_both(site: Site, host: HostRecord) -> None:
    since = time.time()
    with mail.Submission(site.mail_server) as client:
        client.starttls(context=client.server.context())
        client.user, client.password = wrong(site).address, wrong(site).password.reveal()
        client.ehlo()
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.auth("PLAIN", client.auth_plain)
    assert logged_in_order(recorded("postfix.log", "587 STARTTLS, AUTH PLAIN, wrong password, QUIT"), host, "postfix", since)
    worker = recorded("dovecot.log", "IMAPS, wrong password, LOGOUT")[0].replace(",<SESSION>", "")
    assert logged_in_order([worker], host, "dovecot", since)


def test_dovecots_lines_end_in_a_carriage_return_and_postfix_do_not(host: HostRecord) -> None:
    dovecot, postfix = ([line for line in messages(host, name, 0) if b"starting" in line] for name in ("dovecot", "postfix"))
    assert dovecot
    assert postfix
    assert all(line.endswith(b"\r") for line in dovecot)
    assert not any(line.endswith(b"\r") for line in postfix)


def test_stored_mail_can_be_read_through_dovecot_alone(site: Site, host: HostRecord) -> None:
    reader = addresses()[0]
    subject = "only for its reader"
    mail.send(mail.Submission(site.mail_server), site.account(reader), reader, subject)
    assert subject.encode() in mail.wait_for(site.mail_server, site.account(reader), subject)
    folder = "/var/lib/docker/volumes/mailcowdockerized_vmail-vol-1/_data"
    newest = inside(host, "sh", "-c", f"find {folder} -type f -path '*/Maildir/*/*' -name '*.M*' -printf '%T@ %p\\n' | sort | tail -1")
    stored = inside(host, "head", "-c", "9", newest.split(" ", 1)[1].strip())
    assert stored.startswith("CRYPTED")


def test_mailcows_own_chain_takes_back_the_first_place(host: HostRecord) -> None:
    """Upstream ends with code 2 when something stands above its jump, and starts anew."""
    restarts = int(inside(host, "docker", "inspect", "--format={{.RestartCount}}", "mailcowdockerized-netfilter-mailcow-1"))
    inside(host, "iptables", "--insert", "FORWARD", "--match", "comment", "--comment", "intruder")
    try:
        deadline = time.monotonic() + 40
        while "MAILCOW" not in inside(host, "iptables", "--list-rules", "FORWARD").splitlines()[1]:
            assert time.monotonic() < deadline
            time.sleep(1)
    finally:
        inside(host, "iptables", "--delete", "FORWARD", "--match", "comment", "--comment", "intruder")
    after = inside(host, "docker", "inspect", "--format={{.RestartCount}}", "mailcowdockerized-netfilter-mailcow-1")
    assert int(after) == restarts + 1
