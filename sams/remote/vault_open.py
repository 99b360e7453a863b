"""Bring the OpenBao server of this host up, initialised and open; repair a first start that was killed.

OpenBao carries the ``initialize`` stanza out on its first start and revokes the root token; until that is done nobody can log in, so
nothing is stored. A first start that is killed leaves one of three states; OpenBao leaves none of them by itself (2.7, seen by killing it):

* Raft has begun, the storage is not initialised: "self-initialization failed: could not bootstrap clustered storage", the process ends;
* the storage is initialised, the stanza was not begun: the server is open, but no role is there and every login is refused;
* the stanza was begun, not finished: "self-initialization failed: refusing to unseal", the process ends.

The stanza's file is written just before the first start and blanked after the first login that succeeded. So a stanza that stands there
and one of these three states prove together that nobody ever logged in. Only then is the storage set aside (renamed, never deleted) and
begun anew.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
from pathlib import Path
from typing import Any

from sams.remote import atomic, systemd, unit_state
from sams.remote.errors import Failed
from sams.remote.exclusive import exclusive
from sams.remote.vault_state import BLANK, ask, initialize_state, storage_state

#: How long the server may take from start to the first login, in seconds (3 are usual; a slow disk and Oracle's KMS need more).
PATIENCE = 60
#: How long logins must be refused before they count as refused, in seconds.
REFUSED_FOR = 3
#: How often systemd may have to start it again before we stop waiting.
RESTARTS = 1
UNFINISHED = "self-initialization failed"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"unit", "restart_on", "initialize": {"path", "content"}, "storage", "program", "login"}`` -> what was done.

    ``login`` is the ``role_id`` and ``secret_id`` of a role that can log in once the stanza was carried out.
    """
    with exclusive():  # what a killed run left behind may still be at it
        return {"did": [*bring_up(job), *finish_first_start(job), *remove_older(Path(job["program"]).parent)]}


def bring_up(job: dict[str, Any]) -> list[str]:
    """Start the server until a login succeeds; an unfinished first start is begun anew."""
    stanza, storage, did = Path(job["initialize"]["path"]), Path(job["storage"]), []
    prepare(stanza, storage, job["initialize"]["content"])
    seen = start(job)
    if seen == "unfinished":
        did.append(f"set the unfinished storage aside as {set_aside(job['unit'], stanza, storage)}")
        prepare(stanza, storage, job["initialize"]["content"])
        seen = start(job)
    refuse_closed(job["unit"], seen)
    return did


def finish_first_start(job: dict[str, Any]) -> list[str]:
    """Take the stanza's secrets off the disk and restart, which proves that the server opens by itself from now on."""
    stanza = Path(job["initialize"]["path"])
    if initialize_state(stanza) != "present":
        return []
    atomic.write(str(stanza), BLANK.encode(), mode=0o400)
    refuse_closed(job["unit"], start(job))
    return ["initialised the server"]


def refuse_closed(unit: str, seen: str) -> None:
    """Stop when the server is not open, with its last words."""
    if seen != "open":
        raise Failed(f"{unit}: expected it open, seen it {seen}. Next: journalctl -t bao\n{last_words(unit)}")


def remove_older(current: Path) -> list[str]:
    """Remove the programs of other versions, now that this one runs; -> their folders."""
    older = [path for path in current.parent.glob("bao-*") if path != current]
    for path in older:
        shutil.rmtree(path)
    return [str(path) for path in older]


def prepare(stanza: Path, storage: Path, content: str) -> None:
    """Write the stanza for a server that has stored nothing yet; one that has stored something never gets it again."""
    if storage_state(storage) == "empty":
        atomic.write(str(stanza), content.encode(), mode=0o400)
    elif initialize_state(stanza) == "absent":
        atomic.write(str(stanza), BLANK.encode(), mode=0o400)


def start(job: dict[str, Any]) -> str:
    """Start or, when its files changed, restart the unit, and wait; -> ``open``, ``unfinished`` or what else was seen."""
    unit = job["unit"]
    systemd.systemctl("daemon-reload")
    systemd.systemctl("enable", unit)
    systemd.systemctl("reset-failed", unit, check=False)
    now = unit_state.run(job)
    systemd.systemctl("restart" if now["stale"] else "start", unit, check=False)
    seen = wait(unit, job["login"])
    if seen == "open":
        systemd.write_stamp(unit, unit_state.digests(job))
    return seen


def wait(unit: str, login: dict[str, str]) -> str:
    """Wait until the first login succeeds, or until it is clear that none will."""
    deadline = time.monotonic() + PATIENCE
    refused_since = 0.0
    while time.monotonic() < deadline:
        if UNFINISHED in last_words(unit):
            return "unfinished"
        if int(systemd.systemctl("show", unit, "--property", "NRestarts", "--value")) > RESTARTS:
            return "failing again and again"
        seen = log_in(login)
        if seen == "open":
            return seen
        refused_since = (refused_since or time.monotonic()) if seen == "refused" else 0.0
        if refused_since and time.monotonic() - refused_since > REFUSED_FOR:
            return "unfinished"
        time.sleep(0.2)
    return seen


def log_in(login: dict[str, str]) -> str:
    """``open`` when the login succeeds, ``refused`` when the server works but knows no such role, else what was seen."""
    try:
        ask("POST", "/v1/auth/approle/login", login)
    except urllib.error.HTTPError as error:
        return "refused" if error.code in (400, 403, 404) else f"answering with status {error.code}"
    except OSError as error:
        return f"silent ({' '.join(str(error).split())})"
    return "open"


def set_aside(unit: str, stanza: Path, storage: Path) -> str:
    """Stop the server and rename its storage, if it is proven that nobody ever logged in.

    Raises
    ------
    Failed:
        When the stanza is gone: then the server was open before, and what it refuses now is not ours to begin anew.
    """
    if initialize_state(stanza) != "present":
        raise Failed(
            f"{unit}: was open before, but refuses the login of role operator in the custody file. Nothing was changed. "
            f"Next: put the custody file that belongs to this server back\n{last_words(unit)}"
        )
    systemd.systemctl("stop", unit)
    aside = storage.with_name(f"unfinished-{time.strftime('%Y%m%dT%H%M%S')}-{time.monotonic_ns() % 1000:03d}")
    storage.rename(aside)
    atomic.sync_directory(storage.parent)
    return str(aside)


def last_words(unit: str, lines: int = 8) -> str:
    """What the server itself said since it was started last, without its audit log."""
    since = systemd.systemctl("show", unit, "--property", "InvocationID", "--value").strip()
    if not since:
        return ""
    command = ["journalctl", f"_SYSTEMD_INVOCATION_ID={since}", "SYSLOG_IDENTIFIER=bao", "-n", str(lines), "--no-pager", "-o", "cat"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
