"""Telling a human: by mail, by webhook, or, without targets, in the journal only."""

from __future__ import annotations

import json
import smtplib
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from sams.remote.errors import Failed

TARGETS = Path("/etc/sams/alerts.json")
TIMEOUT_SECONDS = 60


def targets() -> dict[str, Any]:
    """Where failures are told, as the base deploy wrote it."""
    found: dict[str, Any] = json.loads(TARGETS.read_text()) if TARGETS.is_file() else {}
    return {name: target for name, target in found.items() if target}


def tell(subject: str, text: str) -> list[str]:
    """Send to every target.

    Raises
    ------
    Failed:
        When a target did not take the message; the others got it.
    """
    senders: dict[str, Callable[[Any, str, str], None]] = {"smtp": by_mail, "webhook": by_webhook}
    failures = []
    wanted = targets()
    for name, target in wanted.items():
        try:
            senders[name](target, subject, text)
        except (OSError, smtplib.SMTPException, urllib.error.URLError) as error:
            failures.append(f"{name}: {type(error).__name__}: {error}")
    if failures:
        raise Failed(
            f"alert not delivered ({'; '.join(failures)}): {subject}. Next: check alerts in the settings and the way to its server."
        )
    return sorted(wanted)


def by_mail(target: dict[str, Any], subject: str, text: str) -> None:
    """Hand the message to a mail server, as the settings say."""
    name, port = target["host"], target["port"]
    context = ssl.create_default_context()
    if target["security"] == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(name, port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        client = smtplib.SMTP(name, port, timeout=TIMEOUT_SECONDS)
    with client:
        if target["security"] == "starttls":
            client.starttls(context=context)
        if target.get("user"):
            client.login(target["user"], target["password"])
        client.send_message(message(target, subject, text))


def message(target: dict[str, Any], subject: str, text: str) -> EmailMessage:
    """The mail itself."""
    mail = EmailMessage()
    mail["From"], mail["To"] = target["from"], ", ".join(target["to"])
    mail["Subject"], mail["Date"] = subject, formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=target["from"].rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def by_webhook(address: str, subject: str, text: str) -> None:
    """POST the message as JSON."""
    body = json.dumps({"host": socket.gethostname(), "subject": subject, "text": text}).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 (settings: http, https)
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
        pass
