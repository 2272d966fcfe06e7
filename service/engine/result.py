"""The columns and rows that SQL gave, kept as Arrow: in memory or, when they are many, in a file."""

from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from service.engine.column_types import array_of
from service.errors import NotFound

Row = tuple[Any, ...]

BATCH = 20_000
"""Most rows of a batch."""
BATCH_BYTES = 4_000_000
"""Most bytes of a batch, roughly, unless a single row takes more."""
END = b"\xff\xff\xff\xff\0\0\0\0"
"""The last bytes of an Arrow stream that was written to its end."""


class Column(NamedTuple):
    """A column that SQL gives, with the SQL name of its type; a DuckDB ENUM is VARCHAR to clients."""

    name: str
    type: str


class Result:
    """Columns and rows. `schema` has the columns' names and Arrow types, `length` counts the rows."""

    def __init__(
        self,
        schema: pa.Schema,
        length: int,
        *,
        table: pa.Table | None = None,
        file: Path | None = None,
        owned: bool = True,
    ):
        """A file that is `owned` goes with the result."""
        self.schema = schema
        self.length = length
        self.file = file
        self.notes: tuple[str, ...] = ()
        self.conclusion: str | None = None
        """Both are of the answer as a whole: what SQL gave in the columns `note` and `conclusion`, no columns here."""
        self.memory_bytes: int = table.nbytes if table is not None else 0
        self.disk_bytes: int = file.stat().st_size if file else 0
        self._stamp = stamp(file) if file else None
        self._table = table
        self._columns: Sequence[Sequence[Any]] | None = None
        self._removal = weakref.finalize(self, file.unlink, missing_ok=True) if file and owned else None
        if self._removal:
            self._removal.atexit = False  # the next process needs what the journal names

    @classmethod
    def of_columns(cls, schema: pa.Schema, columns: Sequence[Sequence[Any]]) -> Result:
        """A result of the Python values of each column; raises Unusable when one does not fit its type."""
        arrays = [array_of(field.name, values, field.type) for field, values in zip(schema, columns, strict=True)]
        result = cls.of_table(pa.table(arrays, schema=schema))
        result._columns = columns
        return result

    @classmethod
    def of_table(cls, table: pa.Table) -> Result:
        return cls(table.schema, table.num_rows, table=table)

    @property
    def names(self) -> list[str]:
        return list(self.schema.names)

    @property
    def is_there(self) -> bool:
        """Whether its file, if it has one, is as it was written."""
        return self.file is None or (self._stamp is not None and self._stamp == stamp(self.file))

    def lost(self) -> NotFound:
        """What whoever asks for its rows gets when the disk has them no more; from then on it is not there."""
        self._stamp = None
        reason = "the rows of this answer have been removed from the disk, or are damaged; ask again with a new job"
        return NotFound(reason, status=410)

    def batches(self, offset: int = 0, limit: int | None = None) -> Iterator[pa.RecordBatch]:
        """The rows from `offset` on, at most `limit` of them, in order."""
        left = self.length if limit is None else limit
        for batch in self._all():
            if offset >= batch.num_rows:
                offset -= batch.num_rows
                continue
            if left <= 0:
                return
            part = batch.slice(offset, left)
            offset, left = 0, left - part.num_rows
            yield part

    def _all(self) -> Iterator[pa.RecordBatch]:
        if self._table is not None:
            yield from self._table.to_batches(max_chunksize=BATCH)
        elif self.file:
            read = 0
            try:
                with pa.OSFile(str(self.file)) as source, pa.ipc.open_stream(source) as reader:
                    for batch in reader:
                        batch.validate()
                        read += batch.num_rows
                        yield batch
            except (OSError, pa.ArrowException):
                raise self.lost() from None
            if read != self.length:
                raise self.lost()

    def rows(self, offset: int = 0, limit: int | None = None) -> list[Row]:
        """The same as Python's values."""
        if self._columns is not None:
            end = None if limit is None else offset + limit
            return list(zip(*(column[offset:end] for column in self._columns), strict=True))
        return [row for batch in self.batches(offset, limit) for row in rows_of(batch)]

    def disown(self) -> None:
        """Leave its file to others, who need it longer than this process."""
        if self._removal:
            self._removal.detach()

    def release_rows(self) -> None:
        """Forget Python's values: as Arrow the same rows take a tenth of the memory."""
        self._columns = None

    def to_bytes(self) -> memoryview:
        """An Arrow IPC stream; only for a result in memory."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.schema) as writer:
            for batch in self.batches():
                writer.write_batch(batch)
        return memoryview(sink.getvalue())

    @classmethod
    def from_bytes(cls, data: bytes) -> Result:
        """What to_bytes wrote."""
        with pa.ipc.open_stream(data) as reader:
            return cls.of_table(reader.read_all())

    @classmethod
    def from_file(cls, file: Path, length: int, *, owned: bool = True) -> Result:
        """A file that a spool wrote; raises OSError or ArrowInvalid when it is damaged, as far as its ends tell."""
        with file.open("rb") as content:
            content.seek(-len(END), os.SEEK_END)
            if content.read() != END:
                raise pa.ArrowInvalid(f"{file} is cut short")
        with pa.OSFile(str(file)) as source, pa.ipc.open_stream(source) as reader:
            return cls(reader.schema, length, file=file, owned=owned)


def stamp(file: Path) -> tuple[int, ...] | None:
    """A value that changes when a file does; None while there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of BATCH rows, or fewer where they take more than BATCH_BYTES."""
    some: list[pa.RecordBatch] = []
    rows = taken = 0
    for part in itertools.chain.from_iterable(map(_parts, batches)):
        if some and (rows + part.num_rows > BATCH or taken + part.nbytes > BATCH_BYTES):
            yield pa.concat_batches(some)
            some, rows, taken = [], 0, 0
        some.append(part)
        rows, taken = rows + part.num_rows, taken + part.nbytes
    if some:
        yield pa.concat_batches(some)


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    rows = max(1, batch.num_rows * BATCH_BYTES // max(batch.nbytes, BATCH_BYTES))
    return (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))


def rows_of(batch: pa.RecordBatch) -> Iterator[Row]:
    """The rows of a batch as Python's values."""
    return zip(*(column.to_pylist(maps_as_pydicts="strict") for column in batch.columns), strict=True)
