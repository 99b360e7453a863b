"""Tags of domains and mailboxes."""

from __future__ import annotations

from typing import Any

import pymysql

from .call import Call, Report
from .database import Row, marks
from .errors import Refused, Stopped
from .loose import empty
from .names import is_address, is_domain

_LAST_INDEX = 25


def add(say: Report, table: str, column: str, name: str, tags: list[Any]) -> None:
    """Add tags to a domain or a mailbox.

    A tag that is there already is swallowed for a mailbox and kills the call for a domain.
    """
    for index, tag in enumerate(tags):
        if empty(tag):
            continue
        if index > _LAST_INDEX:
            say.add("warning", "tag_limit_exceeded", f"limit {_LAST_INDEX}")
            return
        try:
            say.call.database.insert(table, {column: name, "tag_name": tag})
        except pymysql.IntegrityError:
            if table == "tags_domain":
                raise


def by_name(call: Call, table: str, column: str, names: list[str]) -> dict[str, list[str]]:
    """Tags of each name that has any, in alphabetical order."""
    found: dict[str, list[str]] = {}
    sql = f"SELECT `{column}` AS name, tag_name FROM `{table}` WHERE `{column}` IN ({marks(names)}) ORDER BY tag_name"
    for row in call.database.rows(sql, *names):
        found.setdefault(row["name"].lower(), []).append(row["tag_name"])
    return found


def delete_from_domain(call: Call, items: Any, name: str) -> bool | None:
    """``delete/domain/tag/<domain>``."""
    say = call.report("mailbox", "delete", "tags_domain", {"tags": items, "domain": name}, None)
    with say.refusals():
        if not is_domain(name):
            raise Refused("domain_invalid")
        if not call.knows_domain(name):
            say.add("danger", "access_denied")
            raise Stopped
        return _delete(say, "tags_domain", "domain", name, items, "domain_modified")
    return False


def delete_from_mailbox(call: Call, items: Any, name: str) -> bool | None:
    """``delete/mailbox/tag/<address>``."""
    say = call.report("mailbox", "delete", "tags_mailbox", {"tags": items, "username": name}, None)
    with say.refusals():
        if not is_address(name):
            raise Refused("email invalid")
        if not call.knows_mailbox(name):
            raise Refused("access_denied")
        return _delete(say, "tags_mailbox", "username", name, items, "mailbox_modified")
    return False


def _delete(say: Report, table: str, column: str, name: str, tags: Any, message: str) -> bool:
    for tag in tags:
        say.call.database.run(f"DELETE FROM `{table}` WHERE `{column}` = %s AND tag_name = %s", name, tag)
    if not tags:
        return False
    say.success(message, name)
    return True


def with_tags(row: Row, found: dict[str, list[str]], name: str) -> Row:
    """``row`` with its tags; the key is missing when there are none."""
    tags = found.get(name.lower())
    return {**row, "tags": tags} if tags else row
