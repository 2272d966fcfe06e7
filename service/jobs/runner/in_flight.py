"""What each worker is running, in a small file that outlives a crash of the process."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

WIDTH = 32
"""Characters of a run's key."""


class InFlight:
    """A line for each worker with the key of its run, or blanks. Without a path nothing is written.

    Written by the worker's thread itself, in a microsecond: a run that takes the process down with it is known then.
    A crash of the process loses nothing that was written; a loss of power may, but no run is the cause of that.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path or Path(os.devnull)
        self.left = self._path.read_text(encoding="ascii", errors="replace").split() if self._path.is_file() else []
        """The keys of the runs that an earlier process did not finish."""
        self._files: dict[int, BinaryIO] = {}
        with _without_room("cleared"):
            self._path.write_bytes(b"")

    def set(self, worker: int, key: str) -> None:
        """The worker begins a run."""
        with _without_room("written"):
            if worker not in self._files:
                self._files[worker] = self._path.open("r+b", buffering=0)
            self._write(worker, key)

    def clear(self, worker: int) -> None:
        """The worker has ended its run."""
        if worker in self._files:
            with _without_room("cleared"):
                self._write(worker, "")

    def _write(self, worker: int, key: str) -> None:
        file = self._files[worker]
        file.seek(worker * (WIDTH + 1))
        file.write(f"{key:<{WIDTH}}\n".encode("ascii"))

    def close(self) -> None:
        for file in self._files.values():
            file.close()


@contextmanager
def _without_room(done: str) -> Iterator[None]:
    """A run goes on even if it cannot be recorded: on a full disk that is better than no answer."""
    try:
        yield
    except OSError as error:
        log.warning("what a worker runs could not be %s (%s): a crash that it causes would go unnoticed", done, error)
