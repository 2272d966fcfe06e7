"""Names and texts of our own in SQL."""

from __future__ import annotations

import duckdb


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The names of a table's columns, in their order."""
    return [name for name, *_ in connection.execute(f"describe {quoted(table)}").fetchall()]


def literal(text: str) -> str:
    """A text of our own in SQL; those from outside are bound."""
    return "'" + text.replace("'", "''") + "'"
