"""A minimal file system from Debian packages, streamed from mmdebstrap into the engine; nothing stays on the disk."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import IO, cast

from provision.docker.engine import client
from provision.docker.labels import ENV, SHARED
from provision.report import ProvisionError, Say

PIECE = 1 << 20
CLEAN = (
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/apt/apt.conf.d/99mmdebstrap "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap; '
    ': > "$1"/etc/machine-id; rm -rf "$1"/var/lib/dbus/machine-id "$1"/var/lib/apt/lists/*'
)


def bootstrap(suite: str, sources: str, packages: Sequence[str], say: Say) -> str:
    """Build a file system and import it as an image.

    Parameters
    ----------
    suite:
        Code name of the distribution's release.
    sources:
        Lines of a sources.list that has this suite.
    packages:
        What is installed besides apt and the essential packages.
    say:
        Takes the builder's steps.

    Returns
    -------
    str
        The image's reference.

    Raises
    ------
    ProvisionError:
        When the builder fails; the engine then keeps nothing.
    """
    with subprocess.Popen(command(suite, packages), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        stdin, stdout, stderr = (cast(IO[bytes], pipe) for pipe in (process.stdin, process.stdout, process.stderr))
        stdin.write(sources.encode())
        stdin.close()
        follower = Follower(stderr, lambda line: say(f"{suite}: {line}"))
        return _import(suite, _whole(process, stdout, follower))


def command(suite: str, packages: Sequence[str]) -> list[str]:
    """The builder's command line: sources on standard input, the archive on standard output."""
    return [
        *([] if os.geteuid() == 0 else ["sudo", "-n"]),
        "mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}",
        '--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"',
        "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        f"--customize-hook={CLEAN}", suite, "-", "-",
    ]  # fmt: skip


class Follower(threading.Thread):
    """Reads what the builder prints: its own steps are told at once, the last lines are kept for an error."""

    def __init__(self, stream: IO[bytes], say: Say) -> None:
        super().__init__(daemon=True)
        self._stream, self._say = stream, say
        self._lines: list[str] = []
        self.start()

    def run(self) -> None:
        """Read to the end of the stream."""
        for raw in self._stream:
            line = raw.decode(errors="replace").rstrip()
            self._lines.append(line)
            if line.startswith("I: ") and line.endswith("..."):
                self._say(line.removeprefix("I: ").removesuffix("..."))

    def last_lines(self) -> str:
        """The end of what was printed, indented."""
        self.join()
        return "\n".join(f"    {line}" for line in self._lines[-15:])


def _whole(process: subprocess.Popen[bytes], stdout: IO[bytes], follower: Follower) -> Iterator[bytes]:
    """The archive piece by piece; raises at its end when the builder failed, so that the engine drops a half one."""
    yield from iter(lambda: stdout.read(PIECE), b"")
    if process.wait() != 0:
        raise ProvisionError(f"mmdebstrap ended with status {process.returncode}:\n{follower.last_lines()}")


def _import(suite: str, archive: Iterator[bytes]) -> str:
    answer = client().api.import_image_from_data(archive, repository="sams/rootfs", tag=suite, changes=[f"LABEL {ENV}={SHARED[ENV]}"])
    status = json.loads(str(answer).splitlines()[-1])
    if "error" in status:
        raise ProvisionError(f"the Docker engine did not take the file system of {suite}: {status['error']}")
    return f"sams/rootfs:{suite}"
