"""Arrow IPC streams and Parquet, whose schema has the provenance."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import to_builtins

from service.answers.answer import Answer
from service.encoding import encode
from service.formats.format_options import Options

OpenWriter = Callable[[pa.PythonFile, pa.Schema], Any]
"""A file and a schema → a context manager with `write_batch`."""


def stream(answer: Answer, options: Options) -> Iterator[bytes]:
    return _written(answer, options, pa.ipc.new_stream)


def parquet(answer: Answer, options: Options) -> Iterator[bytes]:
    return _written(answer, options, partial(pq.ParquetWriter, compression="zstd"))


def _written(answer: Answer, options: Options, open_writer: OpenWriter) -> Iterator[bytes]:
    """The bytes as they are written: a piece for each batch, and the end."""
    provenance = {f"provenance.{name}": encode(value) for name, value in to_builtins(answer.provenance).items()}
    schema, file = answer.result.schema.with_metadata(provenance), io.BytesIO()
    with pa.PythonFile(file, "w") as sink:
        with open_writer(sink, schema) as writer:
            for batch in answer.result.batches(*options.rows):
                writer.write_batch(batch.replace_schema_metadata(schema.metadata))
                yield _taken(file)
        yield _taken(file)


def _taken(file: io.BytesIO) -> bytes:
    """What was written since the last time."""
    piece = file.getvalue()
    file.seek(0)
    file.truncate()
    return piece
