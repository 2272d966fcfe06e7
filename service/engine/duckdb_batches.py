"""The rows that DuckDB gives by way of Arrow, with its own errors."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from service.engine.column_types import fit

ERRORS = {
    "INTERRUPT Error": duckdb.InterruptException,
    "IO Error": duckdb.IOException,
    "Out of Memory Error": duckdb.OutOfMemoryException,
    "Conversion Error": duckdb.ConversionException,
    "Invalid Input Error": duckdb.InvalidInputException,
    "Out of Range Error": duckdb.OutOfRangeException,
}
"""By the first words of their messages."""


def batches_of(reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """What DuckDB gives by way of Arrow, which makes an OSError of each of DuckDB's errors."""
    try:
        for batch in reader:
            yield fit(batch, schema)
    except OSError as error:
        kind, _, _ = str(error).partition(":")
        raise ERRORS.get(kind, duckdb.Error)(str(error)) from None
