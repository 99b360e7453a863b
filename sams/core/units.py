"""Sizes as people write them: `5GiB`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

FACTORS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
SIZE_WORDS = "a size (5GiB)"
SIZE = re.compile(r"([1-9][0-9]*)\s?(KiB|MiB|GiB|TiB)")


def size(value: Any) -> int:
    """`5GiB` in bytes; a whole number is bytes already.

    Raises
    ------
    ValueError:
        When it has no unit or another one: 5G means two different sizes to two people.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = SIZE.fullmatch(str(value))
    if not match:
        raise ValueError("is not a size\nWrite a whole number with KiB, MiB, GiB or TiB, for example 5GiB.")
    return int(match[1]) * FACTORS[match[2]]


def size_text(count: int) -> str:
    """Bytes in the largest unit that divides them: 5368709120 is 5GiB."""
    unit = next((unit for unit in reversed(FACTORS) if count and count % FACTORS[unit] == 0), "")
    return f"{count // FACTORS[unit]}{unit}" if unit else str(count)


def mailbox_size(count: int) -> int:
    """A size that Mailcow can keep: it counts quotas in MiB.

    Raises
    ------
    ValueError:
        When it is less than one MiB or no whole number of them.
    """
    if count < FACTORS["MiB"] or count % FACTORS["MiB"]:
        raise ValueError("is no whole number of MiB\nWrite for example 512MiB or 5GiB.")
    return count


#: A number of bytes, written in the file as `5GiB`.
Size = Annotated[
    int,
    BeforeValidator(size),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]* ?(KiB|MiB|GiB|TiB)$", "x-words": SIZE_WORDS}),
]
