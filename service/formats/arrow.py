"""Arrow IPC streams and Parquet, with the provenance in the schema's metadata."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from service.answers.answer import Answer
from service.encoding import encode
from service.formats.options import Options


class Pieces(io.RawIOBase):
    """A file that is taken away piece by piece while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """As every file that is written."""
        return True

    def write(self, data: memoryview) -> int:  # type: ignore[override]  # pyarrow writes memoryviews
        """Keep a piece."""
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _schema(answer: Answer) -> pa.Schema:
    said = answer.provenance.describe()
    return answer.result.schema.with_metadata({f"provenance.{name}": encode(value) for name, value in said.items()})


def stream(answer: Answer, options: Options) -> Iterator[bytes]:
    """An Arrow IPC stream."""
    schema, pieces = _schema(answer), Pieces()
    with pa.ipc.new_stream(pa.PythonFile(pieces, "w"), schema) as writer:
        for batch in answer.result.batches(*options.rows):
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
            yield pieces.take()
    yield pieces.take()


def parquet(answer: Answer, options: Options) -> Iterator[bytes]:
    """Parquet, compressed with zstd."""
    schema, pieces = _schema(answer), Pieces()
    with pq.ParquetWriter(pa.PythonFile(pieces, "w"), schema, compression="zstd") as writer:
        for batch in answer.result.batches(*options.rows):
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
            yield pieces.take()
    yield pieces.take()
