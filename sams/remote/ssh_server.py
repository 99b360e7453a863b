"""The SSH server: where it listens, our drop-in, and the last drop-in that was proven by a new login."""

from __future__ import annotations

import re
from pathlib import Path

from sams.remote import atomic, commands
from sams.remote.errors import Failed

#: Read before every other drop-in: sshd takes the first value it finds.
DROP_IN = Path("/etc/ssh/sshd_config.d/00-sams.conf")
CONFIRMED = Path("/var/lib/sams/ssh/confirmed.conf")
SERVICE = "ssh.service"
SOCKET = "ssh.socket"


def effective() -> dict[str, list[str]]:
    """What sshd makes of its configuration, by keyword in small letters."""
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    values: dict[str, list[str]] = {}
    for line in commands.output("sshd", "-T").splitlines():
        keyword, _, value = line.partition(" ")
        values.setdefault(keyword, []).append(value)
    return values


def ports() -> list[int]:
    """Where sshd listens: by its configuration and, where systemd listens for it (Ubuntu 24.04), by the socket."""
    listens = commands.run("systemctl", "show", SOCKET, "--property", "Listen").stdout
    active = commands.succeeds("systemctl", "--quiet", "is-active", SOCKET)
    by_socket = re.findall(r":(\d+) \(Stream\)", listens) if active else []
    now = effective()
    by_address = [address.rpartition(":")[2] for address in now.get("listenaddress", [])]
    return sorted({int(port) for port in [*now["port"], *by_address, *by_socket]})


def text(path: Path) -> str | None:
    """A file's text; ``None`` when there is none."""
    return path.read_text() if path.is_file() else None


def put(content: str | None) -> None:
    """Make the drop-in be this, or not be there."""
    if content is None:
        DROP_IN.unlink(missing_ok=True)
    else:
        atomic.write(str(DROP_IN), content.encode(), mode=0o644)


def reload() -> None:
    """Let the running server read its configuration; sessions stay. With socket activation there may be none running."""
    if commands.succeeds("systemctl", "--quiet", "is-active", SERVICE):
        commands.output("systemctl", "reload", SERVICE)


def revert() -> None:
    """Back to the last drop-in that was proven, or to none."""
    put(text(CONFIRMED))
    reload()


def refused() -> str:
    """Why sshd would not start with its configuration as it is; empty when it would."""
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    done = commands.run("sshd", "-t")
    return "" if done.returncode == 0 else done.stderr.strip() or "sshd -t failed"


def overruled(content: str) -> list[str]:
    """Keywords of the drop-in that do not take effect, because something is read before it or instead of it."""
    now = effective()
    wanted = [line.split(None, 1) for line in content.splitlines() if line and not line.startswith("#")]
    same = {"without-password": "prohibit-password"}
    return [
        keyword
        for keyword, value in wanted
        if value.lower() not in [same.get(found, found).lower() for found in now.get(keyword.lower(), [])]
    ]


def demand_effect(content: str) -> None:
    """Fail when the drop-in on disk is refused by sshd or has no effect."""
    if why := refused():
        raise Failed(f"sshd refuses the hardened configuration: {why}. It was not loaded; the old one stands.")
    if keywords := overruled(content):
        raise Failed(
            f"{DROP_IN}: {', '.join(keywords)} have no effect. Expected: /etc/ssh/sshd_config begins with "
            "'Include /etc/ssh/sshd_config.d/*.conf'. The old configuration stands. Next: put that line first, then run again."
        )
