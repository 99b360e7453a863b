"""What a deployment leaves on a host: packages, accounts, our files, units, our packet filter tables, containers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from sams.adapters.hosts_file import HostRecord
from tests.harness.hosts import inside

MAILCOW = "/opt/mailcow-dockerized"
#: Where our files stand.
OURS = (
    *("/etc/apt", "/etc/docker", "/etc/fail2ban", "/etc/fstab", "/etc/hostname", "/etc/iptables", "/etc/localtime", "/etc/logrotate.d"),
    *("/etc/nftables.conf", "/etc/openbao", "/etc/sams", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d", "/etc/sysctl.d"),
    *("/etc/systemd", "/usr/local", "/var/lib/sams"),
    *(f"{MAILCOW}/{file}" for file in ("docker-compose.override.yml", "mailcow.conf", ".env", "data/assets/ssl")),
    *(f"{MAILCOW}/data/conf/{file}" for file in ("postfix/extra.cf", "dovecot/extra.conf")),
)
LISTING = (Path(__file__).parent / "listing.py").read_text()
TABLES = """for table in $(nft list tables | awk '$3 ~ /^sams/ {print $2 ":" $3}'); do nft -s list table ${table%:*} ${table#*:}; done"""
UNITS = """systemctl list-unit-files --no-legend --state=enabled,masked | awk '{print $1, $2}'
systemctl list-units --no-legend --plain --all --type=service,timer --state=active,failed | awk '{print $1, $3, $4}'"""
COMMANDS = {
    "packages": "dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'; apt-mark showhold | sed 's/^/held /'",
    "accounts": "getent passwd; getent group",
    "units": UNITS,
    "tables": TABLES,
    "containers": "if command -v docker >/dev/null; then docker ps -a --format '{{.Names}} {{.Image}} {{.State}}' | sort; fi",
    "volumes": "if command -v docker >/dev/null; then docker volume ls -q; fi",
    "networks": "if command -v docker >/dev/null; then docker network ls --format '{{.Name}}' | sort; fi",
    "release": f"if [ -e {MAILCOW} ]; then git -C {MAILCOW} log -1 --format=%H%d; fi",
}
#: Units that come and go by themselves.
RESTLESS_UNITS = re.compile(
    r"^(apt-daily|dpkg-db|logrotate|man-db|systemd-(tmpfiles|timedated|hostnamed|localed)|user@|user-runtime|session-|fstrim|e2scrub)"
)
NETWORK = re.compile(r"172\.31\.\d+\.|fd77:0:0:\d+::?")
PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def host_state(record: HostRecord, words: Mapping[str, str]) -> dict[str, object]:
    """Everything of one host; `words` are put for texts that differ from deployment to deployment."""
    state = {name: neutral(inside(record, "sh", "-c", command), words).splitlines() for name, command in COMMANDS.items()}
    state["units"] = sorted({unit for unit in state["units"] if not RESTLESS_UNITS.match(unit)})
    return {**state, "files": files(record, words)}


def files(record: HostRecord, words: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Our files: path -> mode, owner, content."""
    listed = json.loads(inside(record, "python3", "-c", LISTING, *OURS))
    return {
        path: {"mode": mode, "owner": owner, "content": neutral(content, words)}
        for path, (mode, owner, content) in listed.items()
        if "__pycache__" not in path
    }


def neutral(text: str, words: Mapping[str, str]) -> str:
    """A text without what differs from deployment to deployment."""
    for varying, word in words.items():
        text = text.replace(varying, word)
    text = PEM.sub(r"<\1>", NETWORK.sub("network N ", text))
    return UUID.sub("<uuid>", DIGEST.sub("<digest>", text))
