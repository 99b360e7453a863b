"""What hosts are told about alerting: the settings, with the password from the operator's file."""

from __future__ import annotations

import json
from pathlib import Path

from sams.core.errors import SamsError
from sams.core.secret import Secret
from sams.core.settings import Alerts


class PasswordFileUnusable(SamsError):
    """The file with the password cannot be used."""


def alerts_document(alerts: Alerts) -> Secret:
    """The text of ``/etc/sams/alerts.json``, which root alone reads.

    Raises
    ------
    PasswordFileUnusable:
        When the password's file is missing, empty or readable by others.
    """
    document = alerts.model_dump(by_alias=True)
    if alerts.smtp and alerts.smtp.password_file:
        del document["smtp"]["password_file"]
        document["smtp"]["password"] = _password(Path(alerts.smtp.password_file).expanduser()).reveal()
    return Secret(json.dumps(document, indent=2) + "\n")


def _password(path: Path) -> Secret:
    if not path.is_file():
        raise PasswordFileUnusable(
            f"alerts.smtp.password_file: expected {path}, but there is no such file. Next: write the password into it, chmod 600."
        )
    if path.stat().st_mode & 0o077:
        raise PasswordFileUnusable(f"alerts.smtp.password_file: {path} is readable by others. Next: chmod 600 {path}")
    if not (text := path.read_text().strip()):
        raise PasswordFileUnusable(f"alerts.smtp.password_file: {path} is empty. Next: write the password into it.")
    return Secret(text)
