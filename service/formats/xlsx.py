"""Excel workbooks."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from service.answers.answer import Answer
from service.encoding import text_of
from service.engine.result import rows_of
from service.engine.spool import PREFIX
from service.errors import BadRequest
from service.formats.options import Options

MOST_ROWS = 1_048_575
"""Excel's limit, less the header."""
MOST_WIDE = 60
MOST_LETTERS = 32_767
"""Of a cell."""
MOST_EXACT = 2**53
"""Whole numbers above it would lose digits."""
AS_THEY_ARE = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
"""A text is never taken for a formula or a link."""
FIRST_YEAR = 1901
"""Of dates: before March 1900 Excel counts days that never were."""


class _Book(NamedTuple):
    bold: Any
    day: Any
    moment: Any
    clock: Any
    span: Any


def xlsx(answer: Answer, options: Options) -> Iterator[bytes]:
    """Typed cells under a frozen header, and a second sheet with the provenance."""
    rows = options.page.limit if options.page else answer.result.length
    if min(rows, answer.result.length) > MOST_ROWS:
        raise BadRequest(
            f"a sheet of Excel holds {MOST_ROWS} rows, and this answer has {answer.result.length}; "
            "ask for a page with limit and offset, or for format csv or parquet"
        )
    file = io.BytesIO()
    with _where(answer) as where, xlsxwriter.Workbook(file, where | AS_THEY_ARE) as workbook:
        # The same answer gives the same bytes, whenever they are made.
        workbook.set_properties({"created": datetime.fromisoformat(answer.provenance.computed_at)})
        formats = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss", "clock": "hh:mm:ss", "span": "[hh]:mm:ss"}
        dates = {name: workbook.add_format({"num_format": text}) for name, text in formats.items()}
        book = _Book(workbook.add_format({"bold": True}), **dates)
        for _ in _write_rows(book, workbook.add_worksheet("data"), answer, options):
            yield b""  # for whoever has gone meanwhile
        _write_provenance(book, workbook.add_worksheet("provenance"), answer)
    yield file.getvalue()


@contextmanager
def _where(answer: Answer) -> Iterator[dict[str, Any]]:
    """Where a workbook waits to be packed: in memory, or row by row in a folder beside the rows of a long answer."""
    if answer.result.file is None:
        yield {"in_memory": True}
    else:
        with TemporaryDirectory(prefix=PREFIX, dir=answer.result.file.parent) as folder:
            yield {"constant_memory": True, "tmpdir": folder}


def _write_provenance(book: _Book, sheet: Worksheet, answer: Answer) -> None:
    sheet.set_column(0, 0, 14, book.bold)
    sheet.set_column(1, 1, MOST_WIDE)
    for row, (name, value) in enumerate(answer.provenance.describe().items()):
        sheet.write(row, 0, name)
        _write(book, sheet, row, 1, value)


def _write_rows(book: _Book, sheet: Worksheet, answer: Answer, options: Options) -> Iterator[None]:
    """A step for each batch."""
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(answer.result.names):
        sheet.set_column(column, column, min(MOST_WIDE, max(12, len(name) + 2)))
        sheet.write_string(0, column, name, book.bold)
    number = 0
    for batch in answer.result.batches(*options.rows):
        for row in rows_of(batch):
            number += 1
            for column, value in enumerate(row):
                _write(book, sheet, number, column, value)
        yield


def _write(book: _Book, sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """A typed cell; what Excel's numbers and dates cannot hold is a text, so that it is not altered."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal) and _exact(value):
        sheet.write_number(row, column, value)
    elif isinstance(value, date) and _known(value):
        sheet.write_datetime(row, column, value, book.moment if isinstance(value, datetime) else book.day)
    elif isinstance(value, time | timedelta):
        sheet.write_datetime(row, column, value, book.clock if isinstance(value, time) else book.span)
    else:
        sheet.write_string(row, column, _text(value))


def _exact(number: Any) -> bool:
    """Whether Excel's numbers, which are floats, can be it."""
    return math.isfinite(number) and (isinstance(number, float) or -MOST_EXACT <= number <= MOST_EXACT)


def _known(day: date) -> bool:
    """Whether Excel counts the day right."""
    return day.year >= FIRST_YEAR


def _text(value: Any) -> str:
    # JSON has no infinity.
    text = str(value) if isinstance(value, float) else text_of(value)
    if len(text) > MOST_LETTERS:
        raise BadRequest(
            f"a cell of Excel holds {MOST_LETTERS} characters, and this answer has a text of {len(text)}; "
            "ask for format csv or parquet"
        )
    return text
