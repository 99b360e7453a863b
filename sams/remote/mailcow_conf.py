"""The text of mailcow.conf: read by Compose as dotenv and by shell scripts with ``source``, so values are plain words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

ASSIGNMENT = re.compile(r"^(?P<key>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)$")
PLACEHOLDER = re.compile(r"^#\s?(?P<key>[A-Z_][A-Z0-9_]*)=")
#: What both readers take literally, without quotes.
PLAIN = re.compile(r"^[A-Za-z0-9.,:;/@%+=_*{}\[\]-]*$")


def parse(text: str) -> dict[str, str]:
    """The values in force: the last assignment of a key wins, as in both readers; a pair of quotes around a value is dropped."""
    found = (ASSIGNMENT.match(line.strip()) for line in text.splitlines())
    return {match["key"]: unquoted(match["value"]) for match in found if match}


def unquoted(value: str) -> str:
    """A value without the quotes around it."""
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def converge(text: str, wanted: Mapping[str, str]) -> str:
    """The text with these values in force and everything else as it was.

    A key that is assigned keeps its place (doubles go), one that is only a comment (``#API_KEY=``) takes the comment's
    place, others are added at the end.

    Raises
    ------
    ValueError:
        For a value that Compose and the shell would read differently.
    """
    for key, value in wanted.items():
        if not PLAIN.match(value):
            raise ValueError(f"mailcow.conf: {key} may hold letters, digits and .,:;/@%+=_*{{}}[]- only")
    lines = text.splitlines()
    for key, value in wanted.items():
        if parse("\n".join(lines)).get(key) != value:
            lines = assigned(lines, key, value)
    return "\n".join(lines) + "\n"


def assigned(lines: list[str], key: str, value: str) -> list[str]:
    """The lines with one assignment of this key."""
    line = f"{key}={value}"
    places = [number for number, old in enumerate(lines) if (match := ASSIGNMENT.match(old.strip())) and match["key"] == key]
    if places:
        return [line if number == places[-1] else old for number, old in enumerate(lines) if number not in places[:-1]]
    for number, old in enumerate(lines):
        if (match := PLACEHOLDER.match(old)) and match["key"] == key:
            return [*lines[:number], line, *lines[number + 1 :]]
    return [*lines, line]


def digest(value: str) -> str:
    """What may be told of a secret value: its SHA-256. Our secrets are random, so it cannot be turned back."""
    return hashlib.sha256(value.encode()).hexdigest()


def read(directory: str) -> dict[str, str]:
    """The values of an installation; empty when it has no mailcow.conf."""
    try:
        return parse((Path(directory) / "mailcow.conf").read_text())
    except FileNotFoundError:
        return {}
