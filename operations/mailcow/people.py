"""Domains, mailboxes and aliases of the list: one look and one batch for each kind, never one operation a person."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from facts.mailcow import People
from operations.remote import fail_host, remote_command
from sams.adapters.vault import VaultUnavailable, vault
from sams.core.errors import SamsError
from sams.core.mail_list import MailList, aliases, mailboxes
from sams.core.mailcow.people import Plan, details, plan_aliases, plan_domains, plan_mailboxes, summary
from sams.core.people import PASSWORD, first_password, mailbox_path
from sams.core.secret import Secret

NOT_YET = "Mailcow: expected on the host, seen none; next: run deploys/site.py first"
MOST_TOLD = 40


def seen_by_mailcow(mail_list: MailList, directory: str) -> tuple[dict[str, Any], str]:
    """What Mailcow has, or why that cannot be read now."""
    found = host.get_fact(People, directory=directory, domains=sorted(mail_list.domains))
    if found is None:
        return {}, NOT_YET
    return found, str(found.get("why", ""))


def tell(kind: str, plan: Plan, total: int) -> None:
    """Say what will be done, and what is left alone."""
    host.log(summary(kind, plan, total))
    lines = list(details(plan))
    for line in lines[:MOST_TOLD]:
        host.log(f"  {line}")
    if len(lines) > MOST_TOLD:
        host.log(f"  and {len(lines) - MOST_TOLD} more")


def batch(plan: Plan, directory: str) -> PyinfraCommand:
    """The one command that carries a plan out."""
    return remote_command("mailcow_apply", {"directory": directory, "steps": [step.job() for step in plan.steps]})


@operation()
def domains_present(*, mail_list: MailList, directory: str) -> Generator[PyinfraCommand, None, None]:
    """Have the domains of the list, active and with room for their mailboxes and aliases; others are left alone and told.

    + mail_list: the people
    + directory: where Mailcow is installed
    """
    seen, why = seen_by_mailcow(mail_list, directory)
    if why:
        yield fail_host(why)
        return
    plan = plan_domains(mail_list, seen)
    if plan.steps or plan.unmanaged:
        tell("domains", plan, len(mail_list.domains))
    if plan.steps:
        yield batch(plan, directory)
    else:
        host.noop(f"{len(mail_list.domains)} domains are as wanted")


@operation()
def mailboxes_present(*, mail_list: MailList, directory: str) -> Generator[PyinfraCommand, None, None]:
    """Have the mailboxes of the list; a new one's password is kept in Vault before Mailcow gets it. Others are left alone and told.

    + mail_list: the people
    + directory: where Mailcow is installed
    """
    seen, why = seen_by_mailcow(mail_list, directory)
    if why:
        yield fail_host(why)
        return
    plan, total = plan_mailboxes(mail_list, seen["mailboxes"]), len(mailboxes(mail_list))
    if plan.steps or plan.unmanaged:
        tell("mailboxes", plan, total)
    if not plan.steps:
        host.noop(f"{total} mailboxes are as wanted")
        return
    passwords: dict[str, Secret] = {}
    if plan.created:
        yield FunctionCommand(keep_passwords, (plan.created, passwords), {})
    yield batch(plan_mailboxes(mail_list, seen["mailboxes"], passwords), directory)


def keep_passwords(state: State, host: Host, addresses: list[str], passwords: dict[str, Secret]) -> bool:
    """Put a password for each new mailbox into Vault, unless one is there from a run that was cut short; fill in ``passwords``."""
    try:
        for address in addresses:
            passwords[address] = kept_password(host.data.env, address)
    except SamsError as error:
        host.log_styled(f"{error}; no mailbox was made", fg="red", log_func=logger.error)
        return False
    return True


def kept_password(env: str, address: str) -> Secret:
    """The password of a mailbox as Vault has it now.

    Raises
    ------
    VaultUnavailable:
        When Vault cannot be used, or has a document without a password.
    """
    store, path = vault(env), mailbox_path(address)
    store.create(path, {PASSWORD: first_password()})
    found = store.read(path) or {}
    if PASSWORD not in found:
        raise VaultUnavailable(
            f"Vault: expected key {PASSWORD!r} at secret/{path}, seen {sorted(found)}; next: remove or mend that document"
        )
    return found[PASSWORD]


@operation()
def aliases_present(*, mail_list: MailList, directory: str) -> Generator[PyinfraCommand, None, None]:
    """Have the aliases of the list lead where they should; others are left alone and told.

    + mail_list: the people
    + directory: where Mailcow is installed
    """
    seen, why = seen_by_mailcow(mail_list, directory)
    if why:
        yield fail_host(why)
        return
    plan, total = plan_aliases(mail_list, seen["aliases"]), len(aliases(mail_list))
    if plan.steps or plan.unmanaged:
        tell("aliases", plan, total)
    if plan.steps:
        yield batch(plan, directory)
    else:
        host.noop(f"{total} aliases are as wanted")
