"""Who listens on a TCP port of this host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sams.remote import mailcow_engine as engine
from sams.remote.errors import Failed

LISTEN = "0A"
#: Docker's helper that holds a published port; whose port it is, the engine says.
PROXY = "docker-proxy"


def foreign(ports: Iterable[int], project: str) -> Iterator[tuple[int, str]]:
    """The wanted ports that somebody else than the project holds, with the owner's description."""
    wanted = set(ports)
    published = publishers()
    owners = names_of({inode for inode, port in listeners() if port in wanted})
    for port in sorted(wanted):
        if (owner := published.get(port)) and owner[0] != project:
            yield port, f"container {owner[1]}"
        for inode, number in listeners():
            if number == port and (name := owners.get(inode, "an unknown process")) != PROXY:
                yield port, name
                break


def listeners() -> list[tuple[str, int]]:
    """Inode and port of every listening TCP socket of this host."""
    found = []
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        found += parse(path.read_text()) if path.exists() else []
    return found


def parse(table: str) -> list[tuple[str, int]]:
    """Inode and port of the listening sockets of /proc/net/tcp or tcp6."""
    rows = (line.split() for line in table.splitlines()[1:])
    return [(row[9], int(row[1].rpartition(":")[2], 16)) for row in rows if row[3] == LISTEN]


def names_of(inodes: set[str]) -> dict[str, str]:
    """Names of the processes that hold these sockets."""
    found: dict[str, str] = {}
    if not inodes:
        return found
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            for inode in sockets_of(process) & inodes:
                found[inode] = name_of(process)
    return found


def sockets_of(process: Path) -> set[str]:
    """Inodes of the sockets that a process has open."""
    try:
        links = [str(entry.readlink()) for entry in (process / "fd").iterdir()]
    except OSError:  # it ended meanwhile
        return set()
    return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}


def name_of(process: Path) -> str:
    """Short name of a process."""
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "a process that ended meanwhile"


def publishers() -> dict[int, tuple[str, str]]:
    """Project label and name of the running container that publishes each port; empty without an engine."""
    try:
        rows = engine.get("/containers/json") or []
    except Failed:
        return {}
    return {
        port["PublicPort"]: (row["Labels"].get("com.docker.compose.project", ""), row["Names"][0].lstrip("/"))
        for row in rows
        for port in row["Ports"]
        if port.get("PublicPort") and port.get("Type") == "tcp"
    }
