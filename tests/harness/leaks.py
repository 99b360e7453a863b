"""Looking for secrets where none may be."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sams.core.secret import Secret

#: GNU grep, byte by byte: binary files too, each match with its file's name, no sockets or devices.
GREP = (
    "env",
    "LC_ALL=C",
    "grep",
    "--text",
    "--only-matching",
    "--with-filename",
    "--null",
    "--no-messages",
    "--devices=skip",
    "--fixed-strings",
)


class Leak(NamedTuple):
    """A secret's name, and the place that shows it."""

    secret: str
    place: str

    def __str__(self) -> str:
        return f"{self.secret} in {self.place}"


def forms(secret: Secret) -> tuple[bytes, ...]:
    """A secret as it might appear: as it is, and in base64 at each of the three alignments."""
    text = secret.reveal().encode()
    shifted = (base64.b64encode(b"\0" * shift + text)[(shift + 2) // 3 * 4 :].rstrip(b"=")[:-2] for shift in range(3))
    return (text, *shifted)


def leaks(places: Mapping[str, bytes], secrets: Mapping[str, Secret]) -> list[str]:
    """Which secret stands in which place, in words."""
    return sorted(str(leak) for leak in leaks_in(places, secrets))


def leaks_in(places: Mapping[str, bytes], secrets: Mapping[str, Secret]) -> set[Leak]:
    """Which secret stands in which place."""
    names = names_by_form(secrets)
    return {Leak(name, place) for form, name in names.items() for place, content in places.items() if form in content}


def leaks_in_files(
    roots: Sequence[str], secrets: Mapping[str, Secret], *, through: Sequence[str] = (), without: Sequence[str] = ()
) -> set[Leak]:
    """Which secret stands in which file below some paths; no process shows a secret in its arguments meanwhile.

    Parameters
    ----------
    roots:
        Files and folders.
    secrets:
        What is looked for.
    through:
        A command that runs another one elsewhere, such as ``docker exec -i NAME``.
    without:
        Names of folders that are left out wherever they are.
    """
    names = names_by_form(secrets)
    left_out = [f"--exclude-dir={name}" for name in without]
    command = [*through, *GREP, "--file=-", *left_out, "--recursive", "--", *roots]
    return found(subprocess.run(command, input=b"\n".join(names) + b"\n", capture_output=True, check=False), names)


def leaks_in_output(command: Sequence[str], secrets: Mapping[str, Secret]) -> set[Leak]:
    """Which secret a command says, however long it speaks."""
    names, (reading, writing) = names_by_form(secrets), os.pipe()
    with os.fdopen(writing, "wb") as patterns:
        patterns.write(b"\n".join(names) + b"\n")  # much less than a pipe holds
    with subprocess.Popen(command, stdout=subprocess.PIPE) as speaker:
        search = [*GREP, f"--file=/dev/fd/{reading}", f"--label={' '.join(command)}", "-"]
        done = subprocess.run(search, stdin=speaker.stdout, capture_output=True, pass_fds=[reading], check=False)
    os.close(reading)
    if speaker.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {speaker.returncode}")
    return found(done, names)


def names_by_form(secrets: Mapping[str, Secret]) -> dict[bytes, str]:
    """The name of the secret by each of its forms."""
    return {form: name for name, secret in secrets.items() for form in forms(secret)}


def found(done: subprocess.CompletedProcess[bytes], names: Mapping[bytes, str]) -> set[Leak]:
    """What `GREP` found; files that vanish while it looks make it end with 2."""
    if done.stderr or done.returncode > 2:
        raise AssertionError(f"{' '.join(done.args)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    lines = (line.split(b"\0", 1) for line in done.stdout.splitlines())
    return {Leak(names[form], place.decode(errors="replace")) for place, form in lines}
