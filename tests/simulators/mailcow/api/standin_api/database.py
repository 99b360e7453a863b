"""A pool of MariaDB connections, and the few ways in which the service asks."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import DictCursor

from .errors import Unreachable
from .settings import Settings

_SQL_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_AS_TEXT = (FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.DECIMAL)
Row = dict[str, Any]


class Database:
    """One connection, without transactions unless asked for: what a crash leaves half done stays so."""

    def __init__(self, connection: pymysql.connections.Connection[Any]) -> None:
        self.connection = connection

    def rows(self, sql: str, *arguments: Any) -> list[Row]:
        """All rows of a query."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, _bound(arguments))
            return list(cursor.fetchall())

    def row(self, sql: str, *arguments: Any) -> Row | None:
        """First row of a query."""
        found = self.rows(sql, *arguments)
        return found[0] if found else None

    def column(self, sql: str, *arguments: Any) -> list[Any]:
        """First column of a query."""
        return [next(iter(row.values())) for row in self.rows(sql, *arguments)]

    def value(self, sql: str, *arguments: Any) -> Any:
        """First column of the first row, None without a row."""
        return next(iter(self.column(sql, *arguments)), None)

    def run(self, sql: str, *arguments: Any) -> int:
        """Run a statement; returns the id that an INSERT made, otherwise 0."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, _bound(arguments))
            return int(cursor.lastrowid or 0)

    def insert(self, table: str, values: Row) -> int:
        """Insert one row; returns its id."""
        columns = ", ".join(f"`{name}`" for name in values)
        return self.run(f"INSERT INTO `{table}` ({columns}) VALUES ({marks(values)})", *values.values())

    def update(self, table: str, values: Row, column: str, value: Any) -> None:
        """Set columns of the rows whose ``column`` is ``value``."""
        changes = ", ".join(f"`{name}` = %s" for name in values)
        self.run(f"UPDATE `{table}` SET {changes} WHERE `{column}` = %s", *values.values(), value)

    def delete(self, table: str, column: str, value: Any) -> None:
        """Delete the rows whose ``column`` is ``value``."""
        self.run(f"DELETE FROM `{table}` WHERE `{column}` = %s", value)


def marks(values: Any) -> str:
    """Placeholders for so many values; one that matches nothing when there are none."""
    return ", ".join(["%s"] * len(values)) or "NULL"


def _bound(arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
    bound = tuple("Array" if isinstance(value, (list, dict)) else value for value in arguments)
    return bound or None


def connect(settings: Settings) -> pymysql.connections.Connection[Any]:
    """A new connection.

    Raises:
        Unreachable: the server does not answer or refuses.
    """
    socket = settings.database_host if settings.database_host.startswith("/") else None
    types = {**conversions, **dict.fromkeys(_AS_TEXT, str)}
    try:
        return pymysql.connect(
            host=None if socket else settings.database_host,
            unix_socket=socket,
            user=settings.database_user,
            password=settings.database_password,
            database=settings.database_name,
            charset="utf8mb4",
            init_command="SET NAMES utf8mb4 COLLATE utf8mb4_general_ci",
            sql_mode=_SQL_MODE,
            autocommit=True,
            connect_timeout=5,
            conv=types,
            cursorclass=DictCursor,
        )
    except pymysql.MySQLError as error:
        why = getattr(getattr(error, "original_exception", None), "strerror", None) or error.args[-1]
        raise Unreachable("database", f"  SQLSTATE[HY000] [2002] {why}") from error


class Pool:
    """Connections kept for the next call; made when none is free."""

    def __init__(self, settings: Settings, kept: int = 8) -> None:
        self.settings = settings
        self.free: queue.LifoQueue[pymysql.connections.Connection[Any]] = queue.LifoQueue(kept)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A connection that answers, for the length of one call."""
        connection = self._take()
        try:
            yield Database(connection)
        finally:
            self._give_back(connection)

    def _take(self) -> pymysql.connections.Connection[Any]:
        try:
            connection = self.free.get_nowait()
            connection.ping(reconnect=False)
        except (queue.Empty, pymysql.MySQLError):
            return connect(self.settings)
        return connection

    def _give_back(self, connection: pymysql.connections.Connection[Any]) -> None:
        try:
            self.free.put_nowait(connection)
        except queue.Full:
            connection.close()
