"""The host firewall as it is loaded, and as it will be loaded at the next boot."""

from __future__ import annotations

from pathlib import Path

from sams.remote import commands
from sams.remote.errors import Failed

TABLE = ("inet", "sams_host")
BOOT_FILE = Path("/etc/sams/firewall.nft")
#: Loads a ruleset in a network of its own and lists it: what the kernel makes of it, without touching this host's.
SCRATCH = 'nft -f - && nft -s list table "$1" "$2"'


def live() -> str:
    """The table as the kernel has it; empty when it is not loaded."""
    done = commands.run("nft", "-s", "list", "table", *TABLE)
    return done.stdout if done.returncode == 0 else ""


def rendered(ruleset: str) -> str:
    """The table as the kernel would have it after loading this ruleset.

    Raises
    ------
    Failed:
        When nft refuses the ruleset.
    """
    done = commands.run("unshare", "--net", "sh", "-c", SCRATCH, "sh", *TABLE, stdin=ruleset)
    if done.returncode != 0:
        raise Failed(f"firewall ruleset refused by nft: {done.stderr.strip()}. Nothing was changed.")
    return done.stdout


def load(ruleset: str) -> None:
    """Replace the table in one transaction."""
    commands.output("nft", "-f", "-", stdin=ruleset)


def confirmed() -> str:
    """The ruleset that has been proven and is loaded at boot; empty when there is none yet."""
    return BOOT_FILE.read_text() if BOOT_FILE.is_file() else ""


def revert() -> None:
    """Back to the confirmed ruleset, or to no table of ours."""
    if ruleset := confirmed():
        load(ruleset)
    else:
        commands.run("nft", "delete", "table", *TABLE)
