"""People: from mail_list.yml to working mailboxes."""

from __future__ import annotations

import functools
from pathlib import Path

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from operations.mailcow.people import aliases_present, domains_present, mailboxes_present
from operations.remote_archive import deployed
from sams.adapters.settings import settings
from sams.core.errors import SamsError
from sams.core.mail_list import MailList, load
from sams.core.settings import Settings

DEFAULT = Path(__file__).resolve().parent.parent / "mail_list.yml"


@deploy("People")
def present() -> None:
    """Have the domains, mailboxes and aliases of the list on the mail host; nothing is removed.

    ``--data mail_list=FILE`` takes another list than mail_list.yml.
    """
    if "mailservers" not in host.groups:
        return
    values = settings(host.data.env)
    mail_list = wanted(str(host.data.get("mail_list", DEFAULT)), values)
    directory = values.mailcow.directory
    deployed(name="Have this version of our programs on the host")
    domains_present(name="Have the domains of the list", mail_list=mail_list, directory=directory)
    mailboxes_present(name="Have the mailboxes of the list", mail_list=mail_list, directory=directory)
    aliases_present(name="Have the aliases of the list", mail_list=mail_list, directory=directory)


@functools.cache
def read(path: str) -> MailList:
    """The checked mail list.

    Raises
    ------
    SystemExit:
        With every mistake of the file.
    """
    try:
        return load(Path(path))
    except SamsError as error:
        raise SystemExit(str(error)) from error


def wanted(path: str, values: Settings) -> MailList:
    """The list for the one mail host of the environment.

    Raises
    ------
    SystemExit:
        When there are several: the list does not say yet which domain goes where.
    """
    mail_hosts = [name for name, machine in values.machines.hosts.items() if "mailservers" in machine.groups]
    if len(mail_hosts) != 1:
        raise SystemExit(
            f"mail_list.yml: expected one mail host in the environment, seen {', '.join(mail_hosts) or 'none'}; the list cannot say yet "
            "which domain belongs on which; next: keep one environment for each mail host"
        )
    return read(path)
