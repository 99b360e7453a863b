"""Which distribution a host runs."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api.facts import FactBase


@dataclass(frozen=True)
class Release:
    """``ID`` (``debian``, ``ubuntu``) and ``VERSION_CODENAME`` (``trixie``) of os-release(5); empty where it does not say."""

    distribution: str = ""
    codename: str = ""

    def to_json(self) -> dict[str, str]:
        """For ``pyinfra … fact --json``."""
        return vars(self)


class OsRelease(FactBase[Release]):
    """The host's distribution and release."""

    @staticmethod
    def default() -> Release:
        """Nothing is known."""
        return Release()

    def command(self) -> str:
        """Read the file as the shell does: it is one."""
        return '(. /etc/os-release; echo "$ID"; echo "$VERSION_CODENAME")'

    def process(self, output: list[str]) -> Release:
        """Two lines."""
        return Release(*[line.strip() for line in output][:2])
