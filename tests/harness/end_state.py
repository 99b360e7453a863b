"""What a site is once it is deployed, read by other roads than those that made it: two equal deployments give equal values.

What must differ between two deployments is put in other words: a secret becomes its name, an address of the network one of a network N, a
digest made from them the word digest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from sams.adapters import custody
from sams.adapters.hosts_file import HostRecord
from sams.adapters.vault import vault
from tests.harness import known_secrets
from tests.harness.host_state import host_state, neutral
from tests.harness.hosts import inside
from tests.harness.site import Site

#: Objects of Mailcow by kind: a query that gives one row each, without what a clock or a dice decided.
OBJECTS = {
    "domain": "SELECT domain, description, aliases, mailboxes, defquota, maxquota, quota, active FROM domain",
    "mailbox": "SELECT username, name, quota, active, kind, authsource FROM mailbox",
    "alias": "SELECT address, goto, active FROM alias",
    "administrator": "SELECT username, superadmin, active FROM admin",
    "api key": "SELECT access, allow_from, skip_ip_check, active FROM api",
}
BANS = 'redis-cli --no-auth-warning -a "$REDISPASS" GET F2B_OPTIONS'


def end_state(site: Site, records: Sequence[HostRecord]) -> dict[str, object]:
    """The whole site's state."""
    env = site.environment.name
    words = words_for(env, records)
    state: dict[str, object] = {record.name: host_state(record, words) for record in records}
    return {**state, "vault": vault_documents(env), "mailcow": mailcow_objects(site.host("mailservers"))}


def words_for(env: str, records: Sequence[HostRecord]) -> dict[str, str]:
    """What is called by a name because no two deployments have it in common."""
    kept = custody.read(known_secrets.custody_file(env), env)
    return {
        **{secret.reveal(): f"<{name}>" for name, secret in known_secrets.secrets_of(env).items()},
        **{record.ipv6_address: f"<{record.name}'s IPv6 address>" for record in records if record.ipv6_address},
        **({kept.seal_key_id: "<name of the seal key>"} if kept else {}),
    }


def vault_documents(env: str) -> dict[str, dict[str, int]]:
    """Every document: its path, the names of its values, their lengths."""
    store = vault(env)
    documents = {path: store.read(path) or {} for path in known_secrets.documents_below(env, "mail")}
    return {path: {key: len(secret.reveal()) for key, secret in document.items()} for path, document in documents.items()}


def mailcow_objects(record: HostRecord) -> dict[str, list[str]]:
    """Mailcow's objects as its database holds them, and its bans' settings as Redis does."""
    objects = {kind: sorted(in_container(record, "mysql", sql(query)).splitlines()) for kind, query in OBJECTS.items()}
    return {**objects, "bans": [neutral(in_container(record, "redis", BANS), {})]}


def sql(statement: str) -> str:
    """A command for the database's container that carries out a statement."""
    return f'mariadb -N -u"$MYSQL_USER" -p"$MYSQL_PASSWORD" "$MYSQL_DATABASE" -e {json.dumps(statement)}'


def in_container(record: HostRecord, service: str, command: str) -> str:
    """What a command says in a container of Mailcow, with the container's own environment."""
    return inside(record, "docker", "exec", f"mailcowdockerized-{service}-mailcow-1", "sh", "-c", command)


def differences(one: object, other: object, path: str = "") -> list[str]:
    """Where two states differ, in words."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted({*one, *other})
        return [text for key in keys for text in differences(one.get(key), other.get(key), f"{path}/{key}")]
    if isinstance(one, str) and isinstance(other, str) and "\n" in one + other:
        return differences(one.splitlines(), other.splitlines(), path)
    if isinstance(one, list) and isinstance(other, list):
        return [f"{path}: {text}" for text in rows_that_differ(one, other)]
    return [] if one == other else [f"{path}: {one!r} is not {other!r}"]


def rows_that_differ(one: Sequence[object], other: Sequence[object]) -> list[str]:
    """Which rows of a list another one has not, or more or less often; their order does not count."""
    before, after = Counter(map(repr, one)), Counter(map(repr, other))
    gone = [f"missing {row}" for row in before if row not in after]
    much = [f"too much {row}" for row in after if row not in before]
    often = [f"{before[row]} times {row} is not {after[row]} times" for row in before if row in after and before[row] != after[row]]
    return gone + much + often
