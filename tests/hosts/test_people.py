"""People of a list on a mail host: working mailboxes, passwords in Vault first, one bad entry stops nobody else."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sams.adapters.vault import vault
from sams.core.people import mailbox_path
from sams.core.secret import Secret
from tests.harness import mail
from tests.harness.environment import Deployed
from tests.harness.hosts import inside
from tests.harness.site import Site

DOMAIN = "people.example"
CALL = """
import json, sys; sys.path.insert(0, "/usr/local/lib/sams/remote.pyz")
from sams.remote.mailcow_api import Api
with Api.of("/opt/mailcow-dockerized") as api:
    answer = api.get(sys.argv[2]) if sys.argv[1] == "get" else api.post(sys.argv[2], json.loads(sys.argv[3]))
print(json.dumps(answer.value))
"""


@pytest.fixture(autouse=True)
def _nobody_is_left(site: Site) -> Iterator[None]:
    yield
    rows = api(site, "get", f"mailbox/all/{DOMAIN}") or ()
    for row in rows:
        if row["domain"] != DOMAIN:  # Mailcow lists everybody when it does not know the domain
            continue
        api(site, "post", "delete/mailbox", f'["{row["username"]}"]')
        vault(site.environment.name).delete(mailbox_path(row["username"]))
    api(site, "post", "delete/domain", f'["{DOMAIN}"]')


def api(site: Site, *arguments: str) -> Any:
    """Ask or change Mailcow beside the deployment, as an operator in the web interface does."""
    return yaml.safe_load(inside(site.host("mailservers"), "python3", "-c", CALL, *arguments))


def people(site: Site, folder: Path, domain: dict[str, Any], *arguments: str, kill_before: int | None = None) -> Deployed:
    """Bring a list with one domain to the mail host."""
    path = folder / "mail_list.yml"
    path.write_text(yaml.safe_dump({"version": 1, "domains": {DOMAIN: domain}}))
    return site.environment.deploy("users.py", "--data", f"mail_list={path}", *arguments, kill_before=kill_before)


def can_log_in(site: Site, address: str, password: Secret) -> bool:
    """Try IMAP from outside."""
    with mail.Imaps(site.mail_server) as client:
        try:
            client.login(address, password.reveal())
        except imaplib.IMAP4.error:
            return False
        return True


def test_new_people_can_log_in_with_the_password_in_vault_and_nothing_else_happens(site: Site, tmp_path: Path) -> None:
    wanted = {
        "mailboxes": {"ann": {"name": "Ann Bee", "quota": "1GiB", "aliases": ["a.bee"]}, "bob": {}},
        "aliases": {"all": ["ann", "bob"]},
    }
    people(site, tmp_path, wanted).finished.expect()
    account = site.account(f"ann@{DOMAIN}")
    assert can_log_in(site, account.address, account.password)
    assert not can_log_in(site, account.address, Secret("wrong-" + "x" * 12))
    row = api(site, "get", f"mailbox/{account.address}")
    assert (row["name"], row["quota"], row["active"]) == ("Ann Bee", 2**30, 1)
    assert api(site, "get", f"alias/all@{DOMAIN}")["goto"] == f"ann@{DOMAIN},bob@{DOMAIN}"
    again = people(site, tmp_path, wanted)
    again.finished.expect()
    assert again.totals["success"] == 0, again.changed()
    assert again.commands()["mail1"] <= 6


def test_only_what_differs_is_edited_and_what_is_not_listed_is_told_and_left(site: Site, tmp_path: Path) -> None:
    people(site, tmp_path, {"mailboxes": {"ann": {"quota": "1GiB"}, "bob": {}}}).finished.expect()
    before = api(site, "get", f"mailbox/bob@{DOMAIN}")
    said = people(site, tmp_path, {"mailboxes": {"ann": {"quota": "2GiB"}}}).finished.expect()
    assert f"~ ann@{DOMAIN} (quota)" in said.errors
    assert f"? bob@{DOMAIN} is not in the list; it is left as it is" in said.errors
    assert api(site, "get", f"mailbox/ann@{DOMAIN}")["quota"] == 2 * 2**30
    assert api(site, "get", f"mailbox/bob@{DOMAIN}") == before


def test_a_bad_entry_is_named_the_others_are_done_and_the_run_fails(site: Site, tmp_path: Path) -> None:
    people(site, tmp_path, {"mailboxes": {"ann": {}}}).finished.expect()
    clash = f'{{"address": "bob@{DOMAIN}", "goto": "ann@{DOMAIN}", "active": 1}}'
    api(site, "post", "add/alias", clash)
    finished = people(site, tmp_path, {"mailboxes": {"ann": {}, "bob": {}, "cid": {}}}).finished.expect(1)
    assert f"bob@{DOMAIN}: is_alias bob@{DOMAIN}" in finished.errors
    assert "1 done, 1 failed" in finished.errors
    account = site.account(f"cid@{DOMAIN}")
    assert can_log_in(site, account.address, account.password)


def test_a_run_killed_between_vault_and_mailcow_is_completed_with_the_same_password(site: Site, tmp_path: Path) -> None:
    wanted = {"mailboxes": {"ann": {}}}
    people(site, tmp_path, {"mailboxes": {}}).finished.expect()
    counts = people(site, tmp_path, {"mailboxes": {}}).commands()["mail1"]
    killed = people(site, tmp_path, wanted, kill_before=counts)
    assert killed.finished.status == -9
    kept = site.account(f"ann@{DOMAIN}").password
    assert api(site, "get", f"mailbox/ann@{DOMAIN}") == {}
    people(site, tmp_path, wanted).finished.expect()
    assert site.account(f"ann@{DOMAIN}").password == kept
    assert can_log_in(site, f"ann@{DOMAIN}", kept)


def test_passwords_are_not_shown_however_much_is_told(site: Site, tmp_path: Path) -> None:
    finished = people(site, tmp_path, {"mailboxes": {"ann": {}}}, "-vvv", "--debug", "--diff").finished.expect()
    password = site.account(f"ann@{DOMAIN}").password.reveal()
    assert password not in finished.output + finished.errors


def test_a_plan_changes_nothing_and_needs_no_vault_password(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "mail_list.yml"
    path.write_text(yaml.safe_dump({"version": 1, "domains": {DOMAIN: {"mailboxes": {"ann": {}}}}}))
    plan = site.environment.plan("users.py", "--data", f"mail_list={path}").expect()
    assert f"+ {DOMAIN}" in plan.output + plan.errors
    assert vault(site.environment.name).read(mailbox_path(f"ann@{DOMAIN}")) is None
    assert api(site, "get", f"domain/{DOMAIN}") == {}


def test_a_list_with_a_mistake_ends_with_a_sentence(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "mail_list.yml"
    path.write_text("version: 1\ndomains:\n  people.example:\n    mailboxes: {ann: {quota: 5G}}\n")
    finished = site.environment.deploy("users.py", "--data", f"mail_list={path}").finished.expect(1)
    assert f"{path}:4:" in finished.errors
    assert "Traceback" not in finished.errors
