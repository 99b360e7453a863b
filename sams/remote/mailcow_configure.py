"""Write mailcow.conf: generate it once with Mailcow's own script, then bring it to the wanted values key by key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sams.remote import atomic, mailcow_conf
from sams.remote import mailcow_configuration as configuration
from sams.remote import mailcow_engine as engine
from sams.remote.errors import Failed
from sams.remote.exclusive import exclusive
from sams.remote.mailcow_programs import run as run_program

GENERATE_PATIENCE_SECONDS = 300
#: In a network name space of its own the script cannot ask the internet about this host, nor find IPv6 and restart Docker for it.
GENERATE = ("unshare", "--net", "--", "./generate_config.sh", "--dev")


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"directory", "tag", "hostname", "timezone", "antivirus", "values": {...}}`` -> the keys that changed; values may be secret."""
    directory = Path(job["directory"])
    with exclusive():
        if not (directory / "mailcow.conf").exists() or configuration.GENERATING.exists():
            generate(directory, job)
        changed = converge(directory, job["values"])
        write_version(directory, job["tag"])
    return {"changed": changed}


def generate(directory: Path, job: dict[str, Any]) -> None:
    """Run Mailcow's script once; a mailcow.conf that an interrupted run left is made anew."""
    if engine.volume_path("mysql-vol-1"):
        raise Failed(
            f"{directory}/mailcow.conf is missing, but Mailcow's database exists: a new file would have other passwords than the database; "
            "next: put back mailcow.conf from a backup, then run again"
        )
    require_link(directory)
    configuration.GENERATING.parent.mkdir(parents=True, exist_ok=True)
    configuration.GENERATING.touch()
    (directory / "mailcow.conf").unlink(missing_ok=True)
    presets = {
        "MAILCOW_HOSTNAME": job["hostname"],
        "MAILCOW_TZ": job["timezone"],
        "SKIP_CLAMD": "n" if job["antivirus"] else "y",
        "COMPOSE_VERSION": "native",
    }
    said = run_program(GENERATE, directory=str(directory), patience=GENERATE_PATIENCE_SECONDS, presets=presets)
    if mailcow_conf.read(str(directory)).get("MAILCOW_HOSTNAME") != job["hostname"]:
        raise Failed(f"generate_config.sh: expected a mailcow.conf for {job['hostname']}, seen none; it said:\n{said[-800:]}")
    configuration.GENERATING.unlink()


def require_link(directory: Path) -> None:
    """Compose and the scripts read mailcow.conf through the link .env, which is part of the release."""
    link = directory / ".env"
    if not link.is_symlink():
        link.unlink(missing_ok=True)
        link.symlink_to("mailcow.conf")


def converge(directory: Path, wanted: dict[str, str]) -> list[str]:
    """Write the wanted values, when any differs or the file is not private; returns the keys that changed."""
    path = directory / "mailcow.conf"
    require_link(directory)
    before = path.read_text()
    try:
        after = mailcow_conf.converge(before, wanted)
    except ValueError as error:
        raise Failed(str(error)) from error
    if after != before or not configuration.is_private(path):
        atomic.write(str(path), after.encode(), mode=0o600)
    old, new = mailcow_conf.parse(before), mailcow_conf.parse(after)
    return sorted(key for key in wanted if old.get(key) != new[key])


def write_version(directory: Path, tag: str) -> None:
    """Tell Mailcow its version; its own script tells a wrong one for a pinned release."""
    if not configuration.version_is_told(directory, tag):
        atomic.write(str(directory / configuration.VERSION_FILE), configuration.version_text(directory, tag).encode())
