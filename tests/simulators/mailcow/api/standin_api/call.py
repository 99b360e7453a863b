"""One call: who asks, what it may use, and what was said so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from .database import Database
from .errors import Refused
from .names import is_domain
from .settings import Settings

_SECRET_FIELDS = (
    "password", "password1", "password2", "app_passwd", "app_passwd2",
    "user_old_pass", "user_new_pass", "user_new_pass2",
)  # fmt: skip


@dataclass
class Call:
    """What handlers get beside their data."""

    settings: Settings
    database: Database
    redis: Redis[str]
    address: str
    role: str = ""
    access: str = ""
    entries: list[dict[str, Any]] = field(default_factory=list)

    def report(self, *log: Any) -> Report:
        """A reporter whose entries carry this log."""
        return Report(self, list(log))

    def knows_domain(self, name: Any) -> bool:
        """True when the caller may use this domain or alias domain, that is: when it is on this server."""
        if not name or not is_domain(name) or not self.role:
            return False
        sql = "SELECT domain FROM domain WHERE domain = %s UNION SELECT alias_domain FROM alias_domain WHERE alias_domain = %s"
        return self.database.row(sql, name, name) is not None

    def knows_mailbox(self, address: Any) -> bool:
        """True for a mailbox or resource on this server."""
        return self.knows_domain(self.database.value("SELECT domain FROM mailbox WHERE username = %s", address))

    def knows_alias(self, address: Any) -> bool:
        """True for an address that mail is accepted for, a mailbox's own included."""
        return self.knows_domain(self.database.value("SELECT domain FROM alias WHERE address = %s", address))


@dataclass
class Report:
    """Adds entries to the answer of a call."""

    call: Call
    log: list[Any]

    def add(self, kind: str, key: str, *arguments: Any) -> None:
        """Add one entry; the message is a text without arguments, otherwise a list."""
        message = [key, *arguments] if arguments else key
        self.call.entries.append({"type": kind, "log": self.log, "msg": message})

    def success(self, key: str, *arguments: Any) -> None:
        """Add an entry that tells what was done."""
        self.add("success", key, *arguments)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn a refusal of the block into an entry."""
        try:
            yield
        except Refused as refusal:
            self.add(refusal.kind, refusal.key, *refusal.arguments)

    def for_each(self, items: Iterable[Any], act: Any) -> None:
        """Call ``act(item)`` for every item; one that is refused does not stop the others."""
        for item in items:
            with self.refusals():
                act(item)


def starred(data: Any) -> Any:
    """Copy of a request for the log, with the passwords of its first level replaced."""
    if not isinstance(data, dict):
        return data
    return {key: "*" if key in _SECRET_FIELDS and value is not None else value for key, value in data.items()}
