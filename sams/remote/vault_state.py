"""How the OpenBao server of this host is: what stands on the disk, and what it answers when asked without a login."""

from __future__ import annotations

import hashlib
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from sams.remote import unit_state

ADDRESS = "https://127.0.0.1:8200"
AUTHORITY = "/etc/openbao/ca.pem"
#: The file with the ``initialize`` stanza when OpenBao has nothing more to carry out.
BLANK = "{}\n"
PATIENCE = 5


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"unit", "restart_on", "seal_key", "initialize", "storage"}`` or, for the seal state alone, ``{}`` -> the server's state."""
    found = seal_state()
    if job:
        found |= {
            "seal_key": fingerprint(Path(job["seal_key"])),
            "initialize": initialize_state(Path(job["initialize"])),
            "storage": storage_state(Path(job["storage"])),
            "unit": unit_state.run(job),
        }
    return found


def seal_state() -> dict[str, Any]:
    """``{"state": "absent|silent|uninitialized|sealed|open"}`` and, when it answers, its version."""
    if not Path(AUTHORITY).exists():
        return {"state": "absent"}
    try:
        answer = ask("GET", "/v1/sys/seal-status")
    except (OSError, ValueError) as error:
        return {"state": "silent", "why": " ".join(str(error).split())}
    state = "uninitialized" if not answer["initialized"] else "sealed" if answer["sealed"] else "open"
    return {"state": state, "version": answer["version"], "seal": answer["type"]}


def ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request to the server, its certificate verified; raises OSError or ValueError when there is no good answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data=data, method=method)  # noqa: S310
    context = ssl.create_default_context(cafile=AUTHORITY)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    with opener.open(request, timeout=PATIENCE) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def initialize_state(path: Path) -> str:
    """``absent``, ``blank``, or ``present`` while the stanza with its secrets stands there."""
    if not path.exists():
        return "absent"
    return "blank" if path.read_text() == BLANK else "present"


def storage_state(path: Path) -> str:
    """``empty`` when nothing was ever stored, ``present`` otherwise."""
    return "present" if path.is_dir() and any(path.iterdir()) else "empty"


def fingerprint(path: Path) -> str:
    """The key file's name for people: the first 16 hexadecimal digits of its digest; empty when there is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""
