"""What a site is once it is deployed, read by other roads than those that made it: two equal deployments give equal values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from sams.adapters.hosts_file import HostRecord
from sams.adapters.vault import vault
from tests.harness.hosts import inside
from tests.harness.site import Site

#: Where our files stand. What is in a file that only root may read differs between deployments: its keys and mode count.
OURS = (
    "/etc/apt/apt.conf.d /etc/docker /etc/fail2ban /etc/fstab /etc/logrotate.d /etc/nftables /etc/openbao /etc/sams /etc/ssh/sshd_config.d "
    "/etc/systemd /usr/local/lib/sams /opt/mailcow-dockerized/docker-compose.override.yml /opt/mailcow-dockerized/mailcow.conf"
)
FILES = f"find {OURS} -xdev -type f -printf '%m %U:%G %p\\n' 2>/dev/null | sort -k3"
CONTENTS = f"find {OURS} -xdev -type f -perm /004 -exec sha256sum {{}} + 2>/dev/null | sort -k2"
PACKAGES = "dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'; echo held; apt-mark showhold"
UNITS = (
    "systemctl list-unit-files --no-legend --state=enabled,masked | awk '{print $1, $2}'; "
    "systemctl list-units --no-legend --plain --type=service,timer --state=active | awk '{print $1, $4}'"
)
TABLES = "for table in $(nft list tables | awk '$3 ~ /^sams/ {print $2 \":\" $3}'); do nft -s list table ${table%:*} ${table#*:}; done"
CONTAINERS = "command -v docker >/dev/null && docker ps -a --format '{{.Names}} {{.Image}} {{.State}}' | sort || true"
#: Units that come and go by themselves.
RESTLESS_UNITS = re.compile(
    r"^(apt-daily|dpkg-db|logrotate|man-db|systemd-tmpfiles|user@|user-runtime|session-|fstrim|e2scrub|sams-revert)"
)


def host_state(record: HostRecord) -> dict[str, list[str]]:
    """Packages, our files, units, our packet filter tables and containers of one host."""
    commands = {"packages": PACKAGES, "files": FILES, "contents": CONTENTS, "tables": TABLES, "containers": CONTAINERS}
    state = {name: inside(record, "sh", "-c", command).splitlines() for name, command in commands.items()}
    units = inside(record, "sh", "-c", UNITS).splitlines()
    state["units"] = sorted({unit for unit in units if not RESTLESS_UNITS.match(unit)})
    return state


def vault_paths(env: str, below: str = "mail/") -> list[str]:
    """Every document's path below a path, with the names of its values."""
    reader = vault(env)
    found: list[str] = []
    for name in reader.list(below):
        path = f"{below.rstrip('/')}/{name}"
        found += vault_paths(env, path) if name.endswith("/") else [f"{path}: {sorted(reader.read(path) or {})}"]
    return sorted(found)


def mailcow_objects(record: HostRecord) -> list[str]:
    """Domains, mailboxes and aliases as the database holds them."""
    query = (
        "SELECT 'domain', domain, active FROM domain UNION SELECT 'mailbox', username, concat(name, ' ', quota, ' ', active) FROM mailbox "
        "UNION SELECT 'alias', address, concat(goto, ' ', active) FROM alias ORDER BY 1, 2"
    )
    inner = 'mariadb -N -u"$MYSQL_USER" -p"$MYSQL_PASSWORD" "$MYSQL_DATABASE"'
    shell = f"docker exec -i mailcowdockerized-mysql-mailcow-1 sh -c {json.dumps(inner).replace('$', chr(92) + '$')}"
    return inside(record, "sh", "-c", f"printf '%s' {json.dumps(query)} | {shell}").splitlines()


def end_state(site: Site, records: Iterable[HostRecord]) -> dict[str, object]:
    """The whole site's state."""
    state: dict[str, object] = {record.name: host_state(record) for record in records}
    state["vault"] = vault_paths(site.environment.name)
    state["mailcow"] = mailcow_objects(site.host("mailservers"))
    return state


def differences(one: object, other: object, path: str = "") -> list[str]:
    """Where two states differ, in words."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted({*one, *other})
        return [text for key in keys for text in differences(one.get(key), other.get(key), f"{path}/{key}")]
    if isinstance(one, list) and isinstance(other, list):
        gone = [f"{path}: missing {row!r}" for row in one if row not in other]
        return gone + [f"{path}: too much {row!r}" for row in other if row not in one]
    return [] if one == other else [f"{path}: {one!r} is not {other!r}"]
