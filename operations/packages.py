"""Packages of the distribution, installed in one go."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from facts.packages import Packages
from operations.remote import MaskedStdin

SCRIPT = (Path(__file__).parent / "apt_install.sh").read_text()


@operation()
def installed(*, packages: Sequence[str], held: Sequence[str] = ()) -> Generator[StringCommand, None, None]:
    """Make packages be installed, and some of them held at their version.

    Waits for apt's locks and first completes what a killed run left half configured.

    + packages: names of packages that must be installed
    + held: names of packages that upgrades must leave alone
    """
    now = host.get_fact(Packages, names=[*packages, *held])
    missing = [name for name in packages if name not in now.installed]
    unheld = [name for name in held if name not in now.held]
    if not missing and not unheld and not now.unfinished:
        host.noop(f"{len(packages)} packages are installed")
        return
    host.log(f"installs {', '.join(missing) or 'nothing'}; holds {', '.join(unheld) or 'nothing more'}")
    yield StringCommand("sh -s --", QuoteString(" ".join(missing)), QuoteString(" ".join(unheld)), _stdin=MaskedStdin(SCRIPT))
