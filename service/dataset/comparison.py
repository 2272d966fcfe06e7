"""Two files of the table: which published values were revised, which were added, and which were removed."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import duckdb
from msgspec import Struct

from service.dataset import load_unlocked
from service.dataset.checks.duplicates import key_columns
from service.dataset.identifiers import columns_of
from service.settings import Settings

CHANGES = ("revised", "added", "gone")
SHOWN = ("YearStart", "LocationDesc", "QuestionID", "Stratification1")
VALUES = """
    select {keys}, {shown}, Data_Value as value
    from health
    where Data_Value is not null
"""


class Change(Struct, frozen=True):
    """A value that two tables differ in; None where one of them does not publish it."""

    change: str
    year: int
    place: str
    question: str
    stratum: str | None
    before: float | None
    after: float | None


class Comparison(Struct, frozen=True):
    """How many values each change befell, how many stayed, and the first rows of each change."""

    counts: dict[str, int]
    same: int
    first: list[Change]


def compare(settings: Settings, earlier: Settings, limit: int) -> Comparison:
    """The table of `settings` against that of `earlier`, with at most `limit` rows of each change.

    Raises DatasetError for either.
    """
    with closing(load_unlocked(settings)) as tables:
        connection = tables.connection
        with closing(load_unlocked(earlier)) as before:
            other = before.connection
            key = key_columns(set(columns_of(connection, "health")) & set(columns_of(other, "health")))
            values = other.sql(_values(key)).to_arrow_table()
        connection.register("earlier", values)
        connection.execute(_differences(len(key), _values(key)))
        counted = dict(connection.execute("select change, count(*) from differences group by change").fetchall())
        first = [
            Change(**dict(zip(Change.__struct_fields__, row, strict=True)))
            for change in CHANGES
            for row in _first(connection, change, limit)
        ]
    return Comparison(
        counts={change: counted.get(change, 0) for change in CHANGES}, same=counted.get("same", 0), first=first
    )


def _values(key: list[str]) -> str:
    """SQL: every published value, with its key as k0, k1 …; a part that is missing is a part like any other."""
    keys = ", ".join(f"coalesce(cast({part} as varchar), '') as k{place}" for place, part in enumerate(key))
    shown = ", ".join(f"cast({name} as varchar) as {name}" for name in SHOWN[1:])
    return VALUES.format(keys=keys, shown=f"YearStart, {shown}")


def _differences(parts: int, values: str) -> str:
    joined = " and ".join(f"earlier.k{place} = later.k{place}" for place in range(parts))
    shown = ", ".join(f"coalesce(later.{name}, earlier.{name}) as {name}" for name in SHOWN)
    return f"""
        create temp table differences as
        select
            case
                when earlier.value is null then 'added'
                when later.value is null then 'gone'
                when earlier.value != later.value then 'revised'
                else 'same'
            end as change,
            {shown},
            earlier.value as before,
            later.value as after
        from ({values}) as later
        full join earlier on {joined}
    """


def _first(connection: duckdb.DuckDBPyConnection, change: str, limit: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "from differences where change = $change order by all limit $limit", {"change": change, "limit": limit}
    ).fetchall()
