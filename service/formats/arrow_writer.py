"""What Arrow IPC streams and Parquet share: batches written piece by piece, and the provenance in the schema."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from service.answers.answer import Answer
from service.encoding import encode
from service.formats.options import Options

OpenWriter = Callable[[pa.PythonFile, pa.Schema], Any]
"""A file and a schema → a context manager with `write_batch`."""


class _Pieces(io.RawIOBase):
    """A file that is taken away piece by piece while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: memoryview) -> int:  # type: ignore[override]  # pyarrow writes memoryviews
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def write_batches(answer: Answer, options: Options, open_writer: OpenWriter) -> Iterator[bytes]:
    """The bytes as they are written: a piece for each batch, and the end."""
    schema, pieces = _schema(answer), _Pieces()
    with open_writer(pa.PythonFile(pieces, "w"), schema) as writer:
        for batch in answer.result.batches(*options.rows):
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
            yield pieces.take()
    yield pieces.take()


def _schema(answer: Answer) -> pa.Schema:
    provenance = answer.provenance._asdict()
    return answer.result.schema.with_metadata(
        {f"provenance.{name}": encode(value) for name, value in provenance.items()}
    )
