"""JSON: in the statistic's shape, as records, and in lines."""

from __future__ import annotations

from collections.abc import Iterator

from service.answers.answer import Answer
from service.encoding import encode, encode_lines
from service.engine.result import rows_of
from service.errors import BadRequest
from service.formats.format_options import Options

BEGIN = b'{"status":"done","data":'
CHUNK = 5000
"""Rows that are Python objects at the same time."""


def shaped(answer: Answer, options: Options) -> Iterator[bytes]:
    """`data` in the shape that the statistic's `returns` declares; raises BadRequest when it has too many rows."""
    if answer.returns == "rows":
        yield from records(answer, options)
        return
    if answer.result.file and options.page is None:
        raise BadRequest(
            f"{answer.provenance.statistic} gave {answer.result.length} rows, too many for its JSON shape; ask for a "
            "page with limit and offset, or for format csv, ndjson, parquet or arrow"
        )
    yield BEGIN + encode(answer.shape(answer.result.rows(*options.rows))) + _end(answer, options)


def records(answer: Answer, options: Options) -> Iterator[bytes]:
    """`data` as a list with an object for each row."""
    separator = BEGIN + b"["
    for objects in _objects(answer, options):
        yield separator + encode(objects)[1:-1]
        separator = b","
    yield (b"" if separator == b"," else separator) + b"]" + _end(answer, options)


def _end(answer: Answer, options: Options) -> bytes:
    page = b',"page":' + encode(options.page._asdict()) if options.page else b""
    meta = b',"meta":' + encode(answer.provenance) if options.meta else b""
    return page + meta + b"}\n"


def lines(answer: Answer, options: Options) -> Iterator[bytes]:
    """An object on each line."""
    for objects in _objects(answer, options):
        yield encode_lines(objects)


def _objects(answer: Answer, options: Options) -> Iterator[list[dict[str, object]]]:
    names = answer.result.names
    for batch in answer.result.batches(*options.rows):
        for start in range(0, batch.num_rows, CHUNK):
            yield [dict(zip(names, row, strict=True)) for row in rows_of(batch.slice(start, CHUNK))]
