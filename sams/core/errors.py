"""Errors that an operator reads.

    SamsError               says the object, what was expected, what was seen and the next command; ends with `exit_code`
    └── InputError          one or more `Problem`s of an input file, all shown at once

Other rooms derive their own from `SamsError`; a command shows `str(error)` and ends with its exit code, without a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


class SamsError(Exception):
    """Something that the operator can mend; the message is the whole explanation."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in an input file.

    `line` and `column` count from 1. `key` is the path of keys from the top of the file, joined by dots.
    """

    file: str
    line: int
    column: int
    key: str
    message: str
    expected: str = ""
    seen: str = ""
    nearest: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        subject = f"{self.key}: " if self.key else ""
        details = (("expected", self.expected), ("seen", self.seen), ("nearest", self.nearest), ("remedy", self.remedy))
        lines = [f"    {label:<9} {text}" for label, text in details if text]
        return "\n".join([f"{self.file}:{self.line}:{self.column}: {subject}{self.message}", *lines])

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`; empty parts are left out."""
        return {name: value for name, value in asdict(self).items() if value != ""}


class InputError(SamsError):
    """An input file is wrong; every mistake that was found is told, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
