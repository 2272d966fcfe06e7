"""Where lines go: a rotating file and the console, each with a thread of its own."""

from __future__ import annotations

import logging.handlers
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

GATHER = 0.1
"""Seconds to wait for more lines before they are written."""
MOST_BYTES = 16_000_000
"""Of lines that may wait to be written; as much again may be being written."""
LONGEST_END = 5.0
"""Seconds to wait at the end for the last lines to be written."""


class Sink(threading.Thread):
    """Writes lines, many at once, a moment after the first: whoever logs waits for neither disk nor console."""

    def __init__(self, name: str, write: Callable[[list[str]], None], lost: Callable[[int], str]) -> None:
        """`lost` gives the line in place of so many that could not be kept."""
        super().__init__(name=name, daemon=True)
        self._write = write
        self._lost_line = lost
        self._lines: deque[str] = deque()
        self._bytes = self._lost = 0
        self._come = threading.Event()
        self._ending = threading.Event()

    def put(self, line: str) -> None:
        """Keep the line; when too many bytes wait already, it is only counted."""
        if self._bytes < MOST_BYTES:
            self._lines.append(line)
            self._bytes += sys.getsizeof(line)
        else:
            self._lost += 1
        if not self._come.is_set():
            self._come.set()

    def run(self) -> None:
        """The pause is also how much of the log a `kill -9` can lose."""
        while not self._ending.is_set():
            self._come.wait()
            self._ending.wait(GATHER)
            self._come.clear()
            self._write_out()
        self._write_out()

    def _write_out(self) -> None:
        self._bytes = 0  # set anew each time, so that no race between threads can add up
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if self._lost:
            lines.append(self._lost_line(self._lost))
            self._lost = 0
        if lines:
            try:
                self._write(lines)
            except Exception as error:  # whatever it is, the next lines may succeed
                with suppress(Exception):
                    sys.stderr.write(f"the log cannot be written: {error}\n")

    def end(self) -> None:
        """Write the last lines, but give up after LONGEST_END seconds."""
        self._ending.set()
        self._come.set()
        self.join(LONGEST_END)


class RotatingFile(logging.handlers.RotatingFileHandler):
    """Takes many lines at once, and rotates by its size alone: the library looks at the file system for each line."""

    def __init__(self, path: Path, most_bytes: int, files: int) -> None:
        super().__init__(path, maxBytes=most_bytes, backupCount=files, encoding="utf-8", errors="backslashreplace")
        self._bytes = path.stat().st_size

    def write(self, lines: list[str]) -> None:
        """All at once, or one by one when the file has to be rotated between them."""
        if self.stream is None:  # it could not be opened after a rotation
            self.stream = self._open()
            self._bytes = self.stream.tell()
        length = sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
        if self._bytes + length > self.maxBytes > 0:
            if len(lines) > 1:
                for line in lines:
                    self.write([line])
                return
            self.doRollover()
            self._bytes = 0
        self._bytes += length
        write_lines(self.stream, lines)


def write_lines(stream: TextIO, lines: list[str]) -> None:
    stream.write("\n".join([*lines, ""]))
    stream.flush()
