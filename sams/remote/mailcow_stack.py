"""Whether Mailcow's containers run as its files on this host describe, and what they need if not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sams.remote import mailcow_compose as compose
from sams.remote import mailcow_conf
from sams.remote import mailcow_engine as engine
from sams.remote.errors import Failed

#: So many restarts by the engine since its creation make a container worth a word.
RESTLESS = 5
KEYS = ("ecprivkey.pem", "ecpubkey.pem")


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "read", "copied"}`` -> differences, missing images, services to restart, lost keys."""
    directory: str = job["directory"]
    if not engine.present() or not (Path(directory) / "mailcow.conf").exists():
        return nothing("not installed")
    try:
        wanted, found = compose.services(directory), engine.containers()
    except Failed as failure:
        return nothing(str(failure))
    images = {service.image: engine.image_digest(service.image) for service in wanted.values()}
    known = compose.known_hashes()
    reasons = {name: compose.difference(service, found.get(name), images[service.image], known) for name, service in wanted.items()}
    return {
        "installed": True,
        "differences": {name: reason for name, reason in reasons.items() if reason},
        "missing": sorted(name for name, service in wanted.items() if images[service.image] is None),
        "stale": stale(job, found),
        "network": compose.network_differs(directory, mailcow_conf.read(directory)),
        "lost_keys": lost_keys(),
        "restless": sorted(name for name, item in found.items() if item["State"]["Restarting"] or item["RestartCount"] >= RESTLESS),
    }


def nothing(why: str) -> dict[str, Any]:
    """Nothing can be told of the containers yet."""
    blank: dict[str, Any] = {"missing": [], "stale": [], "restless": [], "network": "", "lost_keys": ""}
    return {"installed": False, "differences": {"mailcow": why}, **blank}


def stale(job: Mapping[str, Any], found: Mapping[str, dict[str, Any]]) -> list[str]:
    """Running services that did not start with their files as they are.

    ``read`` names files that a service reads as it starts: one written since then is not in force. ``copied`` names a file
    and the one that the service makes by copying it to the end: there the contents tell, for Mailcow rewrites the first one.
    """
    late = {
        service for service, paths in job.get("read", {}).items() if service in found and written_since(paths, started_at(found[service]))
    }
    other = {service for service, pair in job.get("copied", {}).items() if service in found and not ends_with(*pair)}
    return sorted(late | other)


def started_at(container: dict[str, Any]) -> float:
    """When a container was started, in seconds since 1970. The engine gives nanoseconds, more than Python reads."""
    text = str(container["State"]["StartedAt"])
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")


def written_since(paths: list[str], moment: float) -> bool:
    """Whether any of these files was written after a moment."""
    return any(path.stat().st_mtime > moment for path in map(Path, paths) if path.exists())


def ends_with(part: str, whole: str) -> bool:
    """Whether a file ends with the content of another."""
    try:
        return Path(whole).read_text().rstrip().endswith(Path(part).read_text().rstrip())
    except FileNotFoundError:
        return False


def lost_keys() -> str:
    """Why Dovecot must not start: mail is there and the keys that open it are not. Empty when all is well."""
    mail, keys = engine.volume_path("vmail-vol-1"), engine.volume_path("crypt-vol-1")
    if mail is None or not holds_mail(Path(mail)):
        return ""
    missing = [name for name in KEYS if not keys or not (Path(keys) / name).is_file() or (Path(keys) / name).stat().st_size == 0]
    if not missing:
        return ""
    return (
        f"mail encryption keys: expected {' and '.join(missing)} in volume {engine.PROJECT}_crypt-vol-1, for {mail} holds mail, seen none; "
        "a start would make new keys, and no old message could be read again; "
        "next: restore crypt-vol-1 from the backup that belongs to this mail, then run again; nothing was started"
    )


def holds_mail(place: Path) -> bool:
    """Whether any message lies below, looking no further than the first; Dovecot's own files in other folders do not count."""
    return any(path.parent.name in ("cur", "new") and path.is_file() for path in place.rglob("*"))
