"""Excel workbooks."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from service.answers import Answer
from service.encode import encode
from service.errors import BadRequest
from service.formats.options import Options
from service.results import rows_of

MOST_ROWS = 1_048_575
"""Excel's limit, less the header."""
MOST_WIDE = 60


def xlsx(answer: Answer, options: Options) -> Iterator[bytes]:
    """Typed cells under a frozen header, and a second sheet with the provenance."""
    rows = options.page.limit if options.page else answer.result.length
    if min(rows, answer.result.length) > MOST_ROWS:
        raise BadRequest(
            f"a sheet of Excel holds {MOST_ROWS} rows, and this answer has {answer.result.length}; "
            "ask for a page with limit and offset, or for format csv or parquet"
        )
    file = io.BytesIO()
    # Cells leave memory row by row; a text is never taken for a formula or a link.
    made = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(file, made | {"default_date_format": "yyyy-mm-dd"}) as book:
        bold = book.add_format({"bold": True})
        _write_rows(book.add_worksheet("data"), answer, options, bold)
        sheet = book.add_worksheet("provenance")
        sheet.set_column(0, 0, 14, bold)
        sheet.set_column(1, 1, MOST_WIDE)
        for row, (name, value) in enumerate(answer.provenance.describe().items()):
            sheet.write(row, 0, name)
            _write(sheet, row, 1, value)
    yield file.getvalue()


def _write_rows(sheet: Worksheet, answer: Answer, options: Options, bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(answer.result.names):
        sheet.set_column(column, column, min(MOST_WIDE, max(12, len(name) + 2)))
        sheet.write_string(0, column, name, bold)
    number = 0
    for batch in answer.result.batches(*options.rows):
        for row in rows_of(batch):
            number += 1
            for column, value in enumerate(row):
                _write(sheet, number, column, value)


def _write(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):  # Excel's numbers are finite
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime | date | time | timedelta):
        sheet.write_datetime(row, column, value)
    else:
        sheet.write_string(row, column, encode(value).decode())
