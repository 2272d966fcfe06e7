"""CSV, as RFC 4180 has it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from service.answers.answer import Answer
from service.engine import arrow_compute as pc
from service.engine.result import rows_of
from service.formats.cells import cell_text
from service.formats.format_options import Options

BYTE_ORDER_MARK = "\ufeff"
NEEDS_QUOTES = '[",\r\n]|^$'
FORMULA = r"(^|[;\t\r\n])([=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"
"""How a formula begins, in either width: in a text, or where a spreadsheet that separates by semicolons splits it."""
HIDDEN = r"^([\t\r\n])"
"""What a spreadsheet passes over before one. See https://owasp.org/www-community/attacks/CSV_Injection."""


def csv(answer: Answer, options: Options) -> Iterator[bytes]:
    """CRLF, and quotes where they are needed. A missing value is empty, an empty text is `""`; `safe` guards texts."""
    header = ",".join(_quoted(pa.array(answer.result.names), options.safe).to_pylist()) + "\r\n"
    yield (BYTE_ORDER_MARK if options.bom else "").encode() + header.encode()
    for batch in answer.result.batches(*options.rows):
        yield _lines(batch, options.safe)


def _guarded(texts: pa.Array) -> pa.Array:
    """An apostrophe before what a spreadsheet would compute; numbers are no texts, so they keep their signs."""
    guarded = pc.replace_substring_regex(texts, FORMULA, r"\1'\2")
    return pc.replace_substring_regex(guarded, HIDDEN, r"'\1")


def _lines(batch: pa.RecordBatch, safe: bool) -> bytes:
    """Made column by column, which is a hundred times faster than row by row."""
    cells = [_cells(column, safe) for column in batch.columns]
    if len(cells) == 1:
        # A line with nothing on it would not be a record.
        cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
    lines = pc.binary_join_element_wise(*cells[:-1], pc.binary_join_element_wise(cells[-1], "", "\r\n"), ",")
    # The characters of all lines lie one after the other in a buffer.
    offsets, characters = lines.buffers()[1:]
    ends = memoryview(offsets).cast("i")
    return bytes(memoryview(characters)[ends[lines.offset] : ends[lines.offset + len(lines)]])


def _cells(column: pa.Array, safe: bool) -> pa.Array:
    kind = column.type
    if pa.types.is_string(kind):
        return pc.fill_null(_quoted(column, safe), "")
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        texts = [None if value is None else cell_text(value) for (value,) in rows_of(pa.record_batch([column], [""]))]
        return _cells(pa.array(texts, pa.string()), safe)
    return pc.fill_null(column.cast(pa.string()), "")


def _quoted(column: pa.Array, safe: bool) -> pa.Array:
    column = _guarded(column) if safe else column
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(column, NEEDS_QUOTES), quoted, column)
