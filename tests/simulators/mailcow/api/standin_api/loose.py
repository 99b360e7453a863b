"""The loose typing that clients of Mailcow meet: what counts as empty, as a number, as a list.

Mailcow is written in PHP. Its casts decide what ``"yes"`` means as a flag and which wrong type ends in a crash, so
they are kept here, in one place, by these names.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import Crash

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_BLANKS = " \t\n\r\0\x0b"


def integer(value: Any) -> int:
    """Whole number in ``value``: the leading digits of a text, 0 when there are none."""
    if isinstance(value, (list, dict)):
        return 1 if value else 0
    if isinstance(value, str):
        found = _NUMBER.match(value)
        return int(float(found.group())) if found else 0
    return int(value or 0)


def empty(value: Any) -> bool:
    """True for nothing, false, 0, ``""``, ``"0"`` and an empty list."""
    return not value or value == "0"


def given(data: dict[str, Any], key: str) -> bool:
    """True when the request holds ``key`` with anything but null."""
    return data.get(key) is not None


def number(data: dict[str, Any], key: str, default: Any) -> int:
    """Whole number under ``key``, or ``default`` when the key is left out."""
    return integer(data[key] if given(data, key) else default)


def filled(data: dict[str, Any], key: str, default: Any) -> Any:
    """Value under ``key``, or ``default`` when it is left out or empty."""
    return default if empty(data.get(key)) else data[key]


def text(value: Any) -> str:
    """``value`` as text.

    Raises:
        Crash: a list where a text is meant.
    """
    if isinstance(value, (list, dict)):
        raise Crash("list where a text is meant")
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


def trimmed(value: Any) -> str:
    """``value`` as text without blanks around it."""
    return text(value).strip(_BLANKS)


def each(value: Any) -> list[Any]:
    """The items of a list or the values of an object; anything else is one item."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else [value]


def cast_list(value: Any) -> list[Any]:
    """Like :func:`each`, but nothing is no item."""
    return [] if value is None else each(value)


def words(value: Any) -> list[str]:
    """Parts of a text that holds several values, parted by comma, semicolon, newline or blank; may hold empty ones."""
    return [part.strip(_BLANKS) for part in re.split(r"[ ,;\n]", text(value))]


def numeric(value: Any) -> bool:
    """True for a number, or a text that is one as a whole."""
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value.rstrip(_BLANKS)))
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def greater(left: Any, right: Any) -> bool:
    """``left > right``; compared as texts as soon as one of them is no number."""
    if numeric(left) and numeric(right):
        return float(left) > float(right)
    return text(left) > text(right)


def parse(source: str) -> Any:
    """Value of a JSON text; an empty object becomes an empty list, broken JSON becomes None."""
    try:
        return json.loads(source, object_hook=lambda found: found or [], parse_constant=_no_constant)
    except ValueError:
        return None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def mapping(value: Any) -> dict[str, Any]:
    """``value`` as the attributes of a request: a list is numbered, a bare value is item 0, null is nothing."""
    if isinstance(value, dict):
        return dict(value)
    return {str(index): item for index, item in enumerate(cast_list(value))}


def escaped(value: Any) -> str:
    """``value`` as text with HTML's special characters escaped."""
    found = text(value)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#039;")):
        found = found.replace(character, entity)
    return found


def natural(value: str) -> list[tuple[int, Any]]:
    """Sort key that orders digits within a text by their value."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", value) if part]
