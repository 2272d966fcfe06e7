"""A sheet of an Excel or OpenDocument workbook → `raw`. It is read by python-calamine, where that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from service.dataset.reading.columns import count_published, match
from service.dataset.reading.file_kinds import WORKBOOK
from service.dataset.reading.raw import File, Raw
from service.errors import DatasetError
from service.settings import Dataset

ABOVE = 20
"""Rows within which the header is looked for, as titles may stand above it."""
BATCH = 2000
"""Rows handed to DuckDB at once."""


class _Sheet(NamedTuple):
    """A sheet, the number of its header's row, counted from 1, and how many of the CDC's columns it names."""

    content: Any
    header: int
    score: int

    def names(self) -> list[str]:
        return [_text(cell) or "" for cell in next(islice(self.content.iter_rows(), self.header - 1, None))]

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Each row below the header that is not blank, with its number."""
        for number, cells in enumerate(self.content.iter_rows(), 1):
            if number > self.header and any(cell != "" for cell in cells):
                yield number, cells


def read(connection: duckdb.DuckDBPyConnection, file: File, _: Dataset) -> Raw:
    """Create the table `raw`; raises DatasetError naming the file."""
    sheet = _sheet(file)
    names = sheet.names()
    place = f"{file.name}, row {sheet.header}"
    columns = match(names, place)
    schema = pa.schema([(f"c{place}", pa.string()) for place in range(len(names))])
    connection.register("sheet", pa.RecordBatchReader.from_batches(schema, _batches(sheet, schema)))
    connection.execute("create temp table raw as from sheet")
    connection.unregister("sheet")

    def line(row: int) -> int:
        number, _ = next(islice(sheet.rows(), row, None))
        return number

    return Raw(
        name=file.name,
        sha256=file.sha256,
        format=WORKBOOK,
        header=place,
        columns=columns,
        line=line,
        unit="row",
    )


def _sheet(file: File) -> _Sheet:
    """The sheet that holds the table; raises DatasetError when it is not one alone."""
    try:
        calamine = import_module("python_calamine")
    except ModuleNotFoundError:
        raise DatasetError(
            f"{file.name}: is a workbook, and what reads those is not installed; "
            "run `venv/bin/pip install python-calamine`, or save it as CSV"
        ) from None
    try:
        with file.path.open("rb") as content:
            workbook = calamine.CalamineWorkbook.from_filelike(content)
            names = workbook.sheet_names
            sheets = [_with_header(workbook.get_sheet_by_name(name)) for name in names]
    except calamine.CalamineError as error:
        raise DatasetError(f"{file.name}: cannot be read as a workbook: {error}") from None
    best = max((sheet.score for sheet in sheets), default=0)
    found = [sheet for sheet in sheets if sheet.score == best]
    if not best:
        listed = ", ".join(map(repr, names))
        raise DatasetError(f"{file.name}: is a workbook without a header of the CDC's table in any sheet ({listed})")
    if len(found) > 1:
        listed = " and ".join(repr(sheet.content.name) for sheet in found)
        raise DatasetError(f"{file.name}: the sheets {listed} each hold a table; leave one of them")
    return found[0]


def _with_header(content: Any) -> _Sheet:
    """The header is the row that names the most columns."""
    scores = [
        (count_published(text for cell in cells if (text := _text(cell))), -number)
        for number, cells in enumerate(islice(content.iter_rows(), ABOVE), 1)
    ]
    score, number = max(scores, default=(0, 0))
    return _Sheet(content=content, header=-number, score=score)


def _batches(sheet: _Sheet, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    rows = (cells for _, cells in sheet.rows())
    while batch := list(islice(rows, BATCH)):
        columns = [pa.array(map(_text, cells), pa.string()) for cells in zip(*batch, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _text(cell: Any) -> str | None:
    """A cell as text; whole numbers, which are all floating in a workbook, without a fraction."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return None if cell == "" else str(cell)
