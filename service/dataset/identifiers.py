"""Names and texts of our own in SQL."""

from __future__ import annotations

import duckdb


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The names of a table's columns, in their order."""
    return [name for name, *_ in connection.execute(f"describe {quoted(table)}").fetchall()]


def plain_columns(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL: a table's columns, with the texts as such: other tools take those of an ENUM for numbers, or a heading."""
    columns = connection.execute(f"describe {quoted(table)}").fetchall()
    return ", ".join(
        f"cast({quoted(name)} as varchar) as {quoted(name)}" if kind.startswith("ENUM") else quoted(name)
        for name, kind, *_ in columns
    )


def literal(text: str) -> str:
    """A text of our own in SQL; those from outside are bound."""
    return "'" + text.replace("'", "''") + "'"
