"""The table `raw` → the typed, sorted table `health`. Columns have the CDC's names, others the file's own."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from service.dataset import checks, figures
from service.dataset.checks.findings import Finding, report
from service.dataset.identifiers import literal, quoted
from service.dataset.reading.columns import Column, shown
from service.dataset.reading.numbers import MISSING, NUMBERS, clean
from service.dataset.reading.raw import Raw
from service.dataset.renamings import unify
from service.errors import DatasetError
from service.settings import Dataset as Policies

KEYS = ("YearStart", "LocationAbbr", "LocationDesc", "Question", "QuestionID")
"""Columns that every row must fill."""
REQUIRED = (*KEYS, "Data_Value", "StratificationCategory1", "Stratification1")
STRATUM = ("StratificationCategory1", "Stratification1", "StratificationCategoryId1", "StratificationID1")
ORDER = ("Question", "LocationDesc", "YearStart")
"""What queries filter by, so that rows that are read together lie together."""
MAX_ENUM_VALUES = 1000


def load(connection: duckdb.DuckDBPyConnection, raw: Raw, policies: Policies) -> list[Finding]:
    """Create the table `health` from `raw`; returns what the checks find in its rows.

    Raises DatasetError, naming file, line and column, when a column or a value is missing or unusable, and for what the
    policies refuse.
    """
    _check_header(raw)
    clean(connection, raw)
    _clear_strata(connection, raw.columns)
    for column in raw.columns:
        _check_column(connection, raw, column)
    _create_typed(connection, raw.columns)
    faults = checks.find_faults(connection, [column.name for column in raw.columns], policies)
    findings = report(faults, raw.at, raw.line)
    unify(connection, ORDER, figures.derived([column.name for column in raw.columns]))
    connection.execute("drop table typed")
    return [*raw.warnings, *findings]


def _check_header(raw: Raw) -> None:
    names = [column.name for column in raw.columns]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise DatasetError(
            f"{raw.header}: the header lacks {', '.join(missing)}; it has {shown(names)}; is this the CDC's table "
            "Nutrition, Physical Activity, and Obesity - BRFSS?"
        )


def _check_column(connection: duckdb.DuckDBPyConnection, raw: Raw, column: Column) -> None:
    if column.name in KEYS:
        blank = f"{column.raw} < '!' and trim({column.raw}) = ''"  # trimming every row would take a tenth of the time
        _refuse_first(
            connection, raw, column, f"{column.raw} is null or {blank}", "is empty, but every row needs a value"
        )


def _refuse_first(connection: duckdb.DuckDBPyConnection, raw: Raw, column: Column, unusable: str, fault: str) -> None:
    sql = f"select rowid, {column.raw} from raw where {unusable} order by rowid limit 1"
    for row, value in connection.execute(sql).fetchall():
        cell = "" if value is None else f" {value!r}"
        raise DatasetError(
            f"{raw.at(raw.line(row))}: column {column.name}:{cell} {fault}; correct the file or fetch it again"
        )


def _clear_strata(connection: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> None:
    """A row without a stratum has none, whatever stands there for it: R writes NA into every empty cell.

    As a rule such words are texts in columns of texts, but no category NA has a segment NA.
    """
    cells = {column.name: column.raw for column in columns if column.name in STRATUM}
    words = ", ".join(map(literal, MISSING))
    missing = {name: f"lower(trim(coalesce({cell}, ''))) in ({words})" for name, cell in cells.items()}
    cleared = ", ".join(f"{cell} = case when not {missing[name]} then {cell} end" for name, cell in cells.items())
    connection.execute(
        f"update raw set {cleared} where {missing['StratificationCategory1']} and {missing['Stratification1']}"
    )


def _create_typed(connection: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> None:
    selected = ", ".join(f"{_typed(connection, column)} as {quoted(column.name)}" for column in columns)
    connection.execute(f"create temp table typed as select {selected} from raw")
    connection.execute("drop table raw")


def _typed(connection: duckdb.DuckDBPyConnection, column: Column) -> str:
    """The column's typed value in SQL: a number, or text without spaces around it.

    Text with few values is an ENUM, which filters and groups several times faster.
    """
    if column.name in NUMBERS:
        return f"cast({column.raw} as {NUMBERS[column.name]})"
    connection.execute(
        f"""
        create or replace temp table texts as
        select raw, nullif(trim(raw), '') as text
        from (select distinct {column.raw} as raw from raw where {column.raw} is not null)
        """
    )
    # Most columns have no such spaces, and trimming every row would take a tenth of the time.
    [(count, stray)] = connection.execute(
        "select count(distinct text), count(*) filter (text is distinct from raw) from texts"
    ).fetchall()
    value = f"nullif(trim({column.raw}), '')" if stray else column.raw
    if not 0 < count <= MAX_ENUM_VALUES:
        return value
    connection.execute(
        f"create type e{column.place} as enum (select distinct text from texts where text is not null order by text)"
    )
    return f"cast({value} as e{column.place})"
