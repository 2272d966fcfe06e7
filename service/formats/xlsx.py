"""Excel workbooks."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from service.answers.answer import Answer
from service.engine.result import rows_of
from service.engine.spool import PREFIX
from service.errors import BadRequest
from service.formats.cells import cell_text
from service.formats.format_options import Options
from service.formats.source_lines import ALARM, heading, source_lines

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 1_048_575
"""Excel's limit, less the header."""
MAX_WIDTH = 60
"""Of a column, in letters."""
MAX_LETTERS = 32_767
"""Of a cell."""
MAX_EXACT = 2**53
"""Larger integers would lose digits."""
LITERAL = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
"""A text is never taken for a formula or a link."""
FIRST_YEAR = 1901
"""Of dates that Excel counts rightly: before it comes a 29 February 1900, which never was."""
MAX_FOOTER = 255
BOX_WIDTH, LETTERS_IN_BOX = 420, 55
"""Pixels of the box with the source, and letters on a line of it."""
ALARMING: Mapping[str, Any] = {
    "fill": {"color": "#FDE3E3"},
    "line": {"color": "#B00020", "width": 2},
    "font": {"bold": True, "color": "#B00020"},
}
SMALL = ("computed_at", "file", "dataset", "sql")
DATE_FORMATS: Mapping[type, str] = {
    date: "yyyy-mm-dd",
    datetime: "yyyy-mm-dd hh:mm:ss",
    time: "hh:mm:ss",
    timedelta: "[hh]:mm:ss",
}
"""How Excel shows a number that counts days."""


def xlsx(answer: Answer, options: Options) -> Iterator[bytes]:
    """Typed cells under a frozen header, conclusion and source beside them, and a second sheet with the provenance.

    Raises BadRequest for more rows, or a longer text, than Excel holds.
    """
    import xlsxwriter  # noqa: PLC0415 - it takes long, and few ask for a workbook

    rows = options.page.limit if options.page else answer.result.length
    if min(rows, answer.result.length) > MAX_ROWS:
        raise BadRequest(
            f"a sheet of Excel holds {MAX_ROWS} rows, and this answer has {answer.result.length}; "
            "ask for a page with limit and offset, or for format csv or parquet"
        )
    file = io.BytesIO()
    with _storage(answer) as storage, xlsxwriter.Workbook(file, storage | LITERAL) as workbook:
        # The same answer gives the same bytes, whenever they are made.
        workbook.set_properties({"created": datetime.fromisoformat(answer.provenance.computed_at)})
        cells = _Cells(workbook)
        sheet = workbook.add_worksheet("SAMPLE data" if answer.provenance.sample else "data")
        for _ in _write_rows(cells, sheet, answer, options):
            yield b""  # so that a client that has gone is noticed
        _show_source(sheet, answer)
        _write_provenance(cells, workbook.add_worksheet("provenance"), answer)
    yield file.getvalue()


@contextmanager
def _storage(answer: Answer) -> Iterator[dict[str, Any]]:
    """Where the rows wait to be packed: in memory, or for a long answer in a folder beside its own rows."""
    if answer.result.file is None:
        yield {"in_memory": True}
    else:
        with TemporaryDirectory(prefix=PREFIX, dir=answer.result.file.parent) as folder:
            yield {"constant_memory": True, "tmpdir": folder}


def _write_rows(cells: _Cells, sheet: Worksheet, answer: Answer, options: Options) -> Iterator[None]:
    """A step for each batch."""
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(answer.result.names):
        sheet.set_column(column, column, min(MAX_WIDTH, max(12, len(name) + 2)))
        sheet.write_string(0, column, name, cells.bold)
    number = 0
    for batch in answer.result.batches(*options.rows):
        for row in rows_of(batch):
            number += 1
            for column, value in enumerate(row):
                cells.write(sheet, number, column, value)
        yield


def _show_source(sheet: Worksheet, answer: Answer) -> None:
    """In a box right of the table and at the foot of printed pages, since programs read the cells as a plain table."""
    provenance = answer.provenance
    lines = [heading(provenance), *source_lines(provenance)[:2]]
    if provenance.conclusion:
        lines.insert(0, provenance.conclusion)
    if provenance.sample:
        lines.insert(0, ALARM)
    rows = sum(1 + len(line) // LETTERS_IN_BOX for line in lines) + len(lines)
    look: Mapping[str, Any] = ALARMING if provenance.sample else {}
    size = {"width": BOX_WIDTH, "height": 20 * rows, "object_position": 3}
    sheet.insert_textbox(1, len(answer.result.names) + 1, "\n\n".join(lines), {**size, **look})
    cited = (ALARM if provenance.sample else provenance.citation or provenance.source).replace("&", "&&")
    sheet.set_footer(f"&L&8{cited}"[:MAX_FOOTER])
    if provenance.sample:
        sheet.set_header(f"&C&14{ALARM}")
        sheet.set_tab_color(ALARMING["line"]["color"])


def _write_provenance(cells: _Cells, sheet: Worksheet, answer: Answer) -> None:
    """The source first; the file and the hashes last and small."""
    sheet.set_column(0, 0, 14, cells.bold)
    sheet.set_column(1, 1, 2 * MAX_WIDTH, cells.wrapped)
    for row, (name, value) in enumerate(to_builtins(answer.provenance).items()):
        if name in SMALL:
            sheet.set_row(row, None, cells.small)
        sheet.write(row, 0, name)
        cells.write(sheet, row, 1, value)


class _Cells:
    """Writes typed cells into the sheets of a workbook."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._dates = {kind: workbook.add_format({"num_format": text}) for kind, text in DATE_FORMATS.items()}
        self.bold = workbook.add_format({"bold": True})
        self.small = workbook.add_format({"font_size": 8, "font_color": "#666666"})
        self.wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})

    def write(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        """What Excel's numbers and dates cannot hold becomes a text, so that it is not altered."""
        kind = type(value)
        if value is None or (kind is float and math.isnan(value)):
            return
        if kind is bool:
            sheet.write_boolean(row, column, value)
        elif kind in {int, float, Decimal} and _is_exact(value):
            sheet.write_number(row, column, value)
        elif kind in DATE_FORMATS and getattr(value, "year", FIRST_YEAR) >= FIRST_YEAR:
            sheet.write_datetime(row, column, value, self._dates[kind])
        else:
            sheet.write_string(row, column, _text(value))


def _is_exact(number: Any) -> bool:
    """Whether Excel's numbers, which are floats, can hold it."""
    return math.isfinite(number) and (isinstance(number, float) or -MAX_EXACT <= number <= MAX_EXACT)


def _text(value: Any) -> str:
    # JSON has no infinity.
    text = str(value) if isinstance(value, float) else cell_text(value)
    if len(text) > MAX_LETTERS:
        raise BadRequest(
            f"a cell of Excel holds {MAX_LETTERS} characters, and this answer has a text of {len(text)}; "
            "ask for format csv or parquet"
        )
    return text
