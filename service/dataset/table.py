"""CSV → the typed, sorted table `health`. Columns keep the file's own names, without stray spaces."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from service.dataset import checks
from service.dataset.checks.findings import Finding, report
from service.dataset.identifiers import quoted
from service.dataset.source import CsvFile
from service.dataset.unify import unify
from service.errors import DatasetError
from service.settings import Dataset as Policies

NUMBERS = {
    "YearStart": "integer",
    "YearEnd": "integer",
    "Data_Value": "double",
    "Data_Value_Alt": "double",
    "Low_Confidence_Limit": "double",
    "High_Confidence_Limit": "double",
    "Sample_Size": "integer",
}
KEYS = ("YearStart", "LocationAbbr", "LocationDesc", "Question", "QuestionID")
"""Columns that every row must fill."""
REQUIRED = (*KEYS, "Data_Value", "StratificationCategory1", "Stratification1")
ORDER = ("Question", "LocationDesc", "YearStart")
"""What queries filter by, so that rows that are read together lie together."""
MAX_ENUM_VALUES = 1000
BUFFER = 2**22
"""Bytes of the file to read at once; DuckDB's default of 32 MB would be much of the process's peak memory."""
csv.field_size_limit(2**31 - 1)  # DuckDB's own limit, on a line, is lower


class Column(NamedTuple):
    """A column of the file: its place, counted from 0, and its name without stray spaces."""

    place: int
    name: str

    @property
    def raw(self) -> str:
        """Its name in the table `raw`: our own, so that no name from the file is needed to read it."""
        return f"c{self.place}"


def load(connection: duckdb.DuckDBPyConnection, file: CsvFile, policies: Policies) -> list[Finding]:
    """Create the table `health` from the CSV, and tell what is odd in its rows.

    Raises DatasetError naming file, line and column when the CSV is not the table it should be, and for what the
    policies refuse.
    """
    line, names = _header(file)
    columns = [Column(place, name) for place, name in enumerate(names) if name]
    _check_header(file, [column.name for column in columns])
    _read(connection, file, line, len(names))
    for column in columns:
        _check_column(connection, file, column)
    _create_typed(connection, columns)
    faults = checks.find_faults(connection, [column.name for column in columns], policies)
    findings = report(faults, file.name, lambda row: _line(file, row))
    unify(connection, ORDER)
    connection.execute("drop table typed")
    return findings


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the number of the line that it ends on.

    Bytes that are not UTF-8 are left to DuckDB, which names their line.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        yield from ((reader.line_num, record) for record in reader if record)


def _header(file: CsvFile) -> tuple[int, list[str]]:
    """The line that the header ends on, which blank lines may precede, and its names."""
    try:
        line, names = next(_records(file.path))
    except StopIteration:
        raise DatasetError(f"{file.name}: the file is empty; get the table with `python run.py fetch`") from None
    except csv.Error as error:
        raise DatasetError(f"{file.name}:1: the header cannot be read as CSV: {error}") from None
    return line, [name.strip() for name in names]


def _check_header(file: CsvFile, names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise DatasetError(
            f"{file.name}:1: the header lacks {', '.join(missing)}; is this the CDC's table "
            "Nutrition, Physical Activity, and Obesity - BRFSS?"
        )
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if twice:
        raise DatasetError(f"{file.name}:1: the header names a column twice: {', '.join(twice)}; rename one")


def _read(connection: duckdb.DuckDBPyConnection, file: CsvFile, line: int, width: int) -> None:
    """Create the table `raw`, all text; nothing is guessed, so that an odd file cannot be taken for another."""
    sql = f"""
        create temp table raw as
        from read_csv(
            $path, columns = $columns, header = false, skip = {line}, auto_detect = false,
            delim = ',', quote = '"', escape = '"', buffer_size = {BUFFER}
        )
    """
    columns = {f"c{place}": "varchar" for place in range(width)}
    try:
        connection.execute(sql, {"path": str(file.path), "columns": columns})
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise DatasetError(_unreadable(file, str(error))) from None
    if connection.execute("select count(*) from raw").fetchall() == [(0,)]:
        raise DatasetError(f"{file.name}: there is a header but no rows; get the table with `python run.py fetch`")


def _unreadable(file: CsvFile, message: str) -> str:
    """DuckDB's message in one sentence, with the line that it names."""
    line = re.search(r"on Line: (\d+)", message)
    cause = re.search(r"Expected Number of Columns.*|.*unterminated quote.*|.*not utf-8 encoded.*", message)
    what = cause[0] if cause else message.splitlines()[0].removeprefix("Invalid Input Error: ")
    return f"{file.name}{':' + line[1] if line else ''}: cannot be read as CSV: {what}"


def _check_column(connection: duckdb.DuckDBPyConnection, file: CsvFile, column: Column) -> None:
    if column.name in NUMBERS:
        whole = f"or try_cast({column.raw} as integer) is distinct from try_cast({column.raw} as double)"
        unusable = f"""
            {column.raw} is not null
            and (
                try_cast({column.raw} as double) is null or not isfinite(try_cast({column.raw} as double))
                {whole if NUMBERS[column.name] == "integer" else ""}
            )
        """
        kind = "whole number" if NUMBERS[column.name] == "integer" else "number"
        _refuse_first(connection, file, column, unusable, f"is not a {kind}")
    if column.name in KEYS:
        blank = f"{column.raw} < '!' and trim({column.raw}) = ''"  # trimming every row would take a tenth of the time
        _refuse_first(
            connection, file, column, f"{column.raw} is null or {blank}", "is empty, but every row needs a value"
        )


def _refuse_first(
    connection: duckdb.DuckDBPyConnection, file: CsvFile, column: Column, unusable: str, fault: str
) -> None:
    sql = f"select rowid, {column.raw} from raw where {unusable} order by rowid limit 1"
    for row, value in connection.execute(sql).fetchall():
        shown = "" if value is None else f" {value!r}"
        line = _line(file, row)
        raise DatasetError(
            f"{file.name}:{line}: column {column.name}:{shown} {fault}; correct the file or fetch it again"
        )


def _line(file: CsvFile, row: int) -> int:
    """The line of a row of `raw`; a record may take several lines, so the file is read again."""
    for number, (line, _) in enumerate(_records(file.path)):
        if number == row + 1:
            return line
    raise AssertionError(f"row {row} of {file.name} cannot be found again")


def _create_typed(connection: duckdb.DuckDBPyConnection, columns: list[Column]) -> None:
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
