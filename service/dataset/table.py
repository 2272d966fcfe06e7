"""CSV → the typed, sorted table `health`. The file's own column names stay; only stray spaces go."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from service.dataset.source import Csv
from service.errors import DatasetError

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
"""What the queries filter by: rows that are asked for together lie together."""
MOST_ENUM_VALUES = 1000
csv.field_size_limit(2**31 - 1)  # DuckDB's own limit, of a line, comes first


class Cell(NamedTuple):
    """A column of the file: its place, its name without stray spaces, and its name in the raw table."""

    place: int
    name: str

    @property
    def raw(self) -> str:
        """Our own name for it, so that no name from the file is needed to read it."""
        return f"c{self.place}"


def load(connection: duckdb.DuckDBPyConnection, file: Csv) -> None:
    """Create the table `health` from the CSV.

    Raises DatasetError naming file, line and column when the CSV is not the table it should be.
    """
    names = _header(file)
    cells = [Cell(place, name) for place, name in enumerate(names) if name]
    _check_header(file, [cell.name for cell in cells])
    _read(connection, file, len(names))
    for cell in cells:
        _check_column(connection, file, cell)
    _create(connection, cells)
    connection.execute("drop table raw")


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the number of the line that it ends on.

    Bytes that are no UTF-8 are left to DuckDB, which names their line.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        yield from ((reader.line_num, record) for record in reader if record)


def _header(file: Csv) -> list[str]:
    try:
        _, names = next(_records(file.path))
    except StopIteration:
        raise DatasetError(f"{file.name}: the file is empty; get the table with `python run.py fetch`") from None
    except csv.Error as error:
        raise DatasetError(f"{file.name}:1: the header cannot be read as CSV: {error}") from None
    return [name.strip() for name in names]


def _check_header(file: Csv, names: list[str]) -> None:
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


def _read(connection: duckdb.DuckDBPyConnection, file: Csv, width: int) -> None:
    """All values as text; nothing is guessed, so that an odd file cannot be read as another one."""
    sql = """
        create temp table raw as
        from read_csv(
            $path, columns = $columns, header = false, skip = 1, auto_detect = false,
            delim = ',', quote = '"', escape = '"'
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


def _unreadable(file: Csv, message: str) -> str:
    line = re.search(r"on Line: (\d+)", message)
    useful = re.search(r"Expected Number of Columns.*|.*unterminated quote.*|.*not utf-8 encoded.*", message)
    what = useful[0] if useful else message.splitlines()[0].removeprefix("Invalid Input Error: ")
    return f"{file.name}{':' + line[1] if line else ''}: cannot be read as CSV: {what}"


def _check_column(connection: duckdb.DuckDBPyConnection, file: Csv, cell: Cell) -> None:
    if cell.name in NUMBERS:
        whole = f"or try_cast({cell.raw} as integer) is distinct from try_cast({cell.raw} as double)"
        unusable = f"""
            {cell.raw} is not null
            and (
                try_cast({cell.raw} as double) is null or not isfinite(try_cast({cell.raw} as double))
                {whole if NUMBERS[cell.name] == "integer" else ""}
            )
        """
        kind = "whole number" if NUMBERS[cell.name] == "integer" else "number"
        _refuse_first(connection, file, cell, unusable, f"is no {kind}")
    if cell.name in KEYS:
        _refuse_first(connection, file, cell, f"{cell.raw} is null", "is empty, but every row needs a value")


def _refuse_first(connection: duckdb.DuckDBPyConnection, file: Csv, cell: Cell, unusable: str, fault: str) -> None:
    sql = f"select rowid, {cell.raw} from raw where {unusable} order by rowid limit 1"
    for row, value in connection.execute(sql).fetchall():
        shown = "" if value is None else f" {value!r}"
        line = _line(file, row)
        raise DatasetError(f"{file.name}:{line}: column {cell.name}:{shown} {fault}; mend the file or fetch it anew")


def _line(file: Csv, row: int) -> int:
    """The line of a row of the raw table; a record may take several lines, so they are read again."""
    for number, (line, _) in enumerate(_records(file.path)):
        if number == row + 1:
            return line
    raise AssertionError(f"row {row} of {file.name} cannot be found again")


def _create(connection: duckdb.DuckDBPyConnection, cells: list[Cell]) -> None:
    columns = ", ".join(f"cast({cell.raw} as {_type(connection, cell)}) as {quoted(cell.name)}" for cell in cells)
    order = ", ".join(cell.raw for name in ORDER for cell in cells if cell.name == name)
    connection.execute(f"create table health as select {columns} from raw order by {order}, rowid")


def _type(connection: duckdb.DuckDBPyConnection, cell: Cell) -> str:
    """A number's type; for text of few values an ENUM, which filters and groups several times faster."""
    if cell.name in NUMBERS:
        return NUMBERS[cell.name]
    values = f"(select distinct {cell.raw} from raw where {cell.raw} is not null order by 1)"
    count = connection.execute(f"select count(*) from {values}").fetchall()[0][0]
    if not 0 < count <= MOST_ENUM_VALUES:
        return "varchar"
    connection.execute(f"create type e{cell.place} as enum {values}")
    return f"e{cell.place}"
