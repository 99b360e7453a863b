"""Paged search, in the language of the tables of the web interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .call import Call
from .database import Row
from .loose import integer, mapping, text


@dataclass(frozen=True)
class Column:
    """A column that a search may name.

    Attributes:
        number: its number in the request, under ``data``.
        source: SQL that is searched and sorted by; empty when it cannot be searched.
        order: sub-query that is sorted by instead.
    """

    number: int
    source: str
    order: str = ""


@dataclass(frozen=True)
class Page:
    """Names on one page of a search, and how many there are in all."""

    draw: int
    total: int
    found: list[str]

    def answer(self, rows: list[Row]) -> Row:
        """The answer that holds these rows."""
        return {"draw": self.draw, "recordsTotal": self.total, "recordsFiltered": self.total, "data": rows}


def search(call: Call, body: dict[str, Any], table: str, key: str, condition: str, columns: list[Column]) -> Page:
    """Names of the objects that a search finds.

    Args:
        body: the request: ``draw``, ``start``, ``length``, ``search``, ``columns``, ``order``.
        table: table and its short name.
        key: column that holds the name.
        condition: what holds for every object, as SQL.
        columns: what may be searched and sorted by.
    """
    asked = [mapping(column) for column in mapping(body.get("columns")).values()]
    known = {column.number: column for column in columns}
    filters, arguments = _filters(body, asked, known)
    where = " AND ".join([condition, *filters])
    total = call.database.value(f"SELECT COUNT(*) FROM {table} WHERE {where}", *arguments)
    page = f"{_order(body, asked, known) or f'ORDER BY {key}'}{_limit(body)}"
    found = call.database.column(f"SELECT {key} FROM {table} WHERE {where} {page}", *arguments)
    return Page(integer(body.get("draw")), total, found)


def _filters(body: dict[str, Any], asked: list[dict[str, Any]], known: dict[int, Column]) -> tuple[list[str], list[str]]:
    everywhere = text(mapping(body.get("search")).get("value"))
    searchable = [
        (known[integer(column.get("data"))].source, text(mapping(column.get("search")).get("value")))
        for column in asked
        if column.get("searchable") in ("true", True) and integer(column.get("data")) in known and known[integer(column.get("data"))].source
    ]
    anywhere = [f"{source} LIKE %s" for source, _ in searchable] if everywhere else []
    single = [(source, value) for source, value in searchable if value]
    filters = [f"({' OR '.join(anywhere)})"] if anywhere else []
    arguments = [f"%{everywhere}%"] * len(anywhere) + [f"%{value}%" for _, value in single]
    return filters + [f"{source} LIKE %s" for source, _ in single], arguments


def _order(body: dict[str, Any], asked: list[dict[str, Any]], known: dict[int, Column]) -> str:
    parts = []
    for order in map(mapping, mapping(body.get("order")).values()):
        position = integer(order.get("column"))
        column = known.get(integer(asked[position].get("data"))) if position < len(asked) else None
        if column:
            direction = "ASC" if order.get("dir") == "asc" else "DESC"
            parts.append(f"{f'({column.order})' if column.order else column.source} {direction}")
    return f"ORDER BY {', '.join(parts)}" if parts else ""


def _limit(body: dict[str, Any]) -> str:
    length = integer(body.get("length"))
    if body.get("start") is None or length == -1:
        return ""
    return f" LIMIT {max(0, integer(body['start']))}, {max(0, length)}"
