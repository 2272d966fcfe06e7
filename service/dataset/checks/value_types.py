"""The types of values that a table mixes, such as crude and age-adjusted ones, and which of them counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import duckdb

from service.dataset.checks.findings import REFUSE, WARN, Fault

VALUE_TYPES = ("Data_Value_Type", "DataValueTypeID")
"""The first of them that the table has distinguishes its value types."""
MOST_NAMES, LONGEST_NAME = 5, 80
"""Of value types in a sentence: how many, and characters."""


def check_value_types(connection: duckdb.DuckDBPyConnection, columns: Collection[str], policy: str) -> Iterator[Fault]:
    """Values of another type than the one that the policy names, or else than the one with most rows.

    A name that the table lacks is refused. No type is a type too, except in rows that publish nothing.
    """
    column = value_type_column(columns)
    if column is None:
        return
    typed = f"({column} is not null or Data_Value is not null)"
    types = _types(connection, column, typed)
    names = [name for name, _, _ in types]
    is_named = policy not in {REFUSE, WARN}
    kept = policy if is_named else next(iter(names), None)
    others = [each for each in types if each[0] != kept]
    if not others:
        return
    if is_named and kept in names:
        connection.execute(
            f"insert into dropped select rowid from typed where {typed} and {column} is distinct from $kept",
            {"kept": kept},
        )
    yield Fault(
        check="value_types",
        refused=policy == REFUSE or (is_named and kept not in names),
        rows=sum(rows for _, rows, _ in others),
        first=min(first for _, _, first in others),
        found=f"rows of another {column} than {_shown([kept])} ({_shown([name for name, _, _ in others])})",
        done="they are not counted" if is_named else "they are counted beside it",
        remedy=f'set value_types in [dataset] to the one to count, or to "{WARN}" to count all of them',
    )


def _types(connection: duckdb.DuckDBPyConnection, column: str, typed: str) -> list[tuple[str | None, int, int]]:
    """Each type with its rows and the number of the first; the one with most rows comes first."""
    return connection.execute(
        f"""
        select cast(type as varchar), number, first
        from (select {column} as type, count(*) as number, min(rowid) as first from typed where {typed} group by all)
        order by number desc, first
        """
    ).fetchall()


def _shown(names: list[str | None]) -> str:
    more = ["…"] if len(names) > MOST_NAMES else []
    return ", ".join(["none" if name is None else repr(name[:LONGEST_NAME]) for name in names[:MOST_NAMES]] + more)


def value_type_column(columns: Collection[str]) -> str | None:
    return next((name for name in VALUE_TYPES if name in columns), None)
