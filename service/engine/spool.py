"""Where long results wait to be fetched: Arrow files in a folder, bounded in bytes."""

from __future__ import annotations

import itertools
import logging
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import pyarrow as pa

from service.engine.result import Result
from service.errors import ServiceError, StartError, Unavailable
from service.settings import Settings

log = logging.getLogger(__name__)

ROOM = 100_000
"""Bytes without which a start says that the disk is full."""
PREFIX = "making-"
"""Of folders beside the files, in which a format is made."""


class Spool:
    """Keeps a result in memory when it is short, else in a file. Its methods may be called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.path(settings.results.folder)
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self.limits = settings.results

    def require_writable(self) -> None:
        """Raise StartError when no file can be written, rather than fail at the first long answer."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=self.folder).close()
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> StartError:
        reason = f"{self.folder}: long answers cannot be kept there: {error.strerror}; "
        return StartError(f"{reason}make room, or correct folder in [results]")

    def require_room(self) -> None:
        """Raise StartError when the disk is full, once it is cleared of what nobody needs."""
        try:
            with TemporaryFile(dir=self.folder) as file:
                file.write(bytes(ROOM))
        except OSError as error:
            raise self._unusable(error) from None

    def keep(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Result:
        """The result of these batches; raises ServiceError when it is longer than a file may be."""
        first, length, taken = [], 0, 0
        remaining = iter(batches)
        for batch in remaining:
            first.append(batch)
            length, taken = length + batch.num_rows, taken + batch.nbytes
            if length > self.limits.memory_rows or taken > self.limits.memory_bytes:
                return self._write(name, schema, itertools.chain(first, remaining))
        return Result.of_table(pa.Table.from_batches(first, schema))

    def _write(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Result:
        file = self.folder / f"{self._prefix}-{next(self._numbers)}.arrow"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            length, written = 0, 0
            with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
                    length, written = length + batch.num_rows, written + batch.nbytes
                    if written > self.limits.disk_bytes:
                        reason = f"{name} has more rows than [results] disk_bytes allows; ask for less"
                        raise ServiceError(reason, status=400)
            return Result(schema, length, file=file)
        except BaseException as error:
            with suppress(OSError):  # the folder may have gone
                file.unlink(missing_ok=True)
            if isinstance(error, OSError):
                log.error("%s: its rows cannot be written to %s: %s", name, self.folder, error.strerror)
                raise Unavailable(f"{name}: no room for its rows in [results] folder: {error.strerror}") from None
            raise

    def clear(self, keep: Iterable[Path] = ()) -> None:
        """Remove what an earlier process left, but for the files that are still needed."""
        needed = set(keep)
        for file in self.folder.glob("*.arrow"):
            if file not in needed:
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    log.warning("%s is left there: %s", file, error.strerror)
        for folder in self.folder.glob(f"{PREFIX}*"):
            shutil.rmtree(folder, ignore_errors=True)
