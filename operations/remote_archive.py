"""Putting the programs of `sams.remote` on a host."""

from __future__ import annotations

import base64
from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

from operations.remote import MaskedStdin
from sams.adapters.remote_archive import DIRECTORY, LINK, archive, path


class LinkedArchive(FactBase[str]):
    """Where ``remote.pyz`` points; empty when it is not there or points to nothing."""

    @staticmethod
    def default() -> str:
        """Nothing there."""
        return ""

    def command(self) -> str:
        """Read the link, if its target stands."""
        return f"if [ -e {LINK} ]; then readlink {LINK}; fi"

    def process(self, output: list[str]) -> str:
        """The link's target."""
        return output[0].strip() if output else ""


@operation()
def deployed() -> Generator[StringCommand, None, None]:
    """Make this version of ``remote.pyz`` the one that hosts run; the link is switched last, older versions are removed after it."""
    target = path()
    if host.get_fact(LinkedArchive) == target:
        host.noop(f"{LINK} is current")
        return
    payload = MaskedStdin(base64.encodebytes(archive()).decode())
    new = f"{target}.new"
    yield StringCommand(
        f"install -d -m 755 {DIRECTORY} && base64 -d > {new} && chmod 644 {new} && sync {new} && mv -f {new} {target}",
        _stdin=payload,
    )
    yield StringCommand(f"ln -sfn {target} {LINK}.new && mv -fT {LINK}.new {LINK}")
    yield StringCommand(f"find {DIRECTORY} -maxdepth 1 -name 'remote-*.pyz*' ! -path {target} -delete")
