"""What each worker is running, in a small file that outlives a crash of the process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

WIDTH = 32
"""Characters of a run's key."""


class Marks:
    """A line for each worker with the key of its run, or blanks.

    Written by the worker's thread itself, in a microsecond: a run that takes the process down with it is marked then.
    A crash of the process loses nothing that was written; a loss of power may, but no run is the cause of that.
    """

    def __init__(self, path: Path) -> None:
        self.left = path.read_text(encoding="ascii", errors="replace").split() if path.is_file() else []
        """The keys of the runs that an earlier process did not end."""
        self._path = path
        self._files: dict[int, BinaryIO] = {}
        with _without_room("cleared"):
            path.write_bytes(b"")

    def set(self, worker: int, key: str) -> None:
        """The worker begins a run."""
        with _without_room("set"):
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
        """No run is going on any more."""
        for file in self._files.values():
            file.close()


@contextmanager
def _without_room(done: str) -> Iterator[None]:
    """A run goes on without its mark: on a full disk that is better than no answer."""
    try:
        yield
    except OSError as error:
        log.warning("the mark of a run could not be %s (%s): a crash that it causes would not be known", done, error)
