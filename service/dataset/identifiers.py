"""Names in SQL."""

from __future__ import annotations

import duckdb


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The names of a table's columns, in their order."""
    rows = connection.execute(
        "select column_name from duckdb_columns() where table_name = $table order by column_index", {"table": table}
    )
    return [name for (name,) in rows.fetchall()]


def literal(text: str) -> str:
    """A text of our own in SQL; those from outside are bound."""
    return "'" + text.replace("'", "''") + "'"
