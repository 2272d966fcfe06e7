"""The table's key, and the rows that have the key of another."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from service.dataset.checks.conditions import LIMITS
from service.dataset.checks.value_types import value_type_column
from service.dataset.identifiers import literal
from service.dataset.reference_tables import aliases

STRATUM = ("StratificationCategory1", "Stratification1")
STRATUM_CODE = "StratificationID1"
FIGURES = ("YearEnd", "Data_Value", "Data_Value_Alt", *LIMITS, "Sample_Size")
"""Rows of one key are the same when these are; another footnote or wording does not make another row."""


def key_columns(columns: Collection[str]) -> list[str]:
    """What distinguishes rows, in SQL: codes, which survive changes of wording, and names where a stratum has none."""
    stratum = [_same(name) for name in STRATUM]
    if STRATUM_CODE in columns:
        stratum = [_same(STRATUM_CODE), *(f"case when {STRATUM_CODE} is null then {name} end" for name in stratum)]
    value_type = value_type_column(columns)
    return ["YearStart", _same("LocationAbbr"), _same("QuestionID"), *stratum, *([value_type] if value_type else [])]


def _same(column: str) -> str:
    """A text in SQL without what does not tell rows apart: its case, and which of its aliases it is."""
    folded = f"lower(cast({column} as varchar))"
    cases = [
        f"when {literal(name.lower())} then {literal(min(group).lower())}"
        for group in aliases().get(column, ())
        for name in group
    ]
    return f"case {folded} {' '.join(cases)} else {folded} end" if cases else folded


def find_duplicates(connection: duckdb.DuckDBPyConnection, columns: Collection[str], rows: str) -> None:
    """Make `duplicates` of `rows`: those whose key comes again further down, and whether the last of these is the same.

    Keys are counted first, for which codes alone are read: few tables have any that comes twice.
    """
    key = key_columns(columns)
    names = [f"key{index}" for index in range(len(key))]
    keys = ", ".join(f"{part} as {name}" for part, name in zip(key, names, strict=True))
    connection.execute(
        f"create temp table twice as select {keys}, max(rowid) as last from {rows} group by all having count(*) > 1"
    )
    equal = " and ".join(f"{part} is not distinct from twice.{name}" for part, name in zip(key, names, strict=True))
    same = " and ".join(f"earlier.{name} is not distinct from later.{name}" for name in FIGURES if name in columns)
    connection.execute(
        f"""
        create temp table duplicates as
        with again as (
            select
                typed.rowid as number,
                twice.last as last
            from typed
            inner join twice on {equal}
            where typed.rowid < twice.last
        )
        select
            again.number as number,
            {same} as same
        from again
        inner join typed as earlier on again.number = earlier.rowid
        inner join typed as later on again.last = later.rowid
        """
    )
    connection.execute("drop table twice")
