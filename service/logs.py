"""The log: a rotating file and the console, a line an event, UTC in ISO 8601. Tracebacks go to the file only."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from service.config import Settings
from service.errors import StartError

GATHER = 0.02
"""Seconds."""
FILE_ONLY = {"file_only": True}
"""As `extra` of what is said on the standard error anyway."""
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


class LineFormatter(logging.Formatter):
    """One line an event: control characters are escaped, so that nothing a client sends can forge a line."""

    def __init__(self) -> None:
        super().__init__()
        self._second, self._stamp = -1, ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the library's
        """UTC with milliseconds; the second's text is made once a second."""
        second = int(record.created)
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._stamp}.{int(record.msecs):03d}Z"

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return f"{self.formatTime(record)} {record.levelname} {_escaped(record.getMessage())}"

    def details(self, record: logging.LogRecord) -> list[str]:
        """The traceback, if there is one, as lines below it: indented, so that they cannot pass for events."""
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        return [f"    {_escaped(line)}" for line in trace.splitlines()]


def _escaped(text: str) -> str:
    return text if text.isprintable() else text.translate(CONTROLS)


class Record(logging.LogRecord):
    """What a line shows of an event, and no more: the library's looks up and keeps 22 things each time."""

    def __init__(  # noqa: PLR0913, PLR0917 - the library's
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        msg: object,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        sinfo: str | None = None,
        **_: object,
    ) -> None:
        self.name = name
        self.levelno = level
        self.levelname = logging.getLevelName(level)
        self.pathname = self.filename = pathname
        self.lineno = lineno
        self.funcName = func or ""
        self.msg = msg
        self.args = args[0] if args and len(args) == 1 and isinstance(args[0], Mapping) else args
        self.exc_info = exc_info
        self.exc_text = None
        self.stack_info = sinfo
        self.created = time.time()
        self.msecs = self.created % 1 * 1000


class Lines(logging.Handler):
    """Gathers lines, for a thread that writes them: disk and console hold nobody up.

    Lines are made where they arise: a thread that made them would take the GIL from the event loop, and the records
    from its processor's cache, which took a quarter of the CPU time of short jobs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gathered = threading.Event()
        """Told that there is something to write."""
        self._formatter = LineFormatter()
        self._file: list[str] = []
        self._console: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        try:
            line = self._formatter.format(record)
            self._file.append(line)
            if record.exc_info:
                self._file += self._formatter.details(record)
            if not hasattr(record, "file_only"):
                self._console.append(line)
        except Exception:
            self.handleError(record)
        if not self.gathered.is_set():
            self.gathered.set()

    def take(self) -> tuple[list[str], list[str]]:
        """What was gathered for the file and for the console."""
        self.acquire()
        taken = self._file, self._console
        self._file, self._console = [], []
        self.release()
        return taken


class RotatingFile(logging.handlers.RotatingFileHandler):
    """Takes many lines at once, and rotates by its size alone: the library looks at the file system for each line."""

    def __init__(self, path: Path, most_bytes: int, files: int) -> None:
        super().__init__(path, maxBytes=most_bytes, backupCount=files, encoding="utf-8", errors="backslashreplace")
        self._bytes = path.stat().st_size

    def write(self, lines: list[str]) -> None:
        """All at once, or each for itself where not all fit."""
        length = sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
        if self._bytes + length > self.maxBytes > 0:
            if len(lines) > 1:
                for line in lines:
                    self.write([line])
                return
            self.doRollover()
            self._bytes = 0
        self._bytes += length
        _write(self.stream or self._open(), lines)


class Writer(threading.Thread):
    """Writes lines, a moment after the first one has come, until it is told to end."""

    def __init__(self, lines: Lines, file: RotatingFile, console: TextIO) -> None:
        super().__init__(name="log", daemon=True)
        self._lines = lines
        self._file = file
        self._console = console
        self._ending = threading.Event()

    def run(self) -> None:
        """The pause is also how much of the log a `kill -9` can lose."""
        while not self._ending.is_set():
            self._lines.gathered.wait()
            self._ending.wait(GATHER)
            self._lines.gathered.clear()
            self._write_out()
        self._write_out()

    def _write_out(self) -> None:
        for lines, write in zip(self._lines.take(), (self._file.write, self._print), strict=True):
            try:
                if lines:
                    write(lines)
            except (OSError, ValueError) as error:
                with suppress(OSError):
                    sys.stderr.write(f"the log cannot be written: {error}\n")

    def _print(self, lines: list[str]) -> None:
        _write(self._console, lines)

    def end(self) -> None:
        """Write the last lines."""
        self._ending.set()
        self._lines.gathered.set()
        self.join()


def _write(stream: TextIO, lines: list[str]) -> None:
    stream.write("\n".join([*lines, ""]))
    stream.flush()


@contextmanager
def logging_to(settings: Settings) -> Iterator[None]:
    """Log to the settings' folder and to the console for as long as the context lasts; raises StartError."""
    folder = settings.path(settings.log.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFile(folder / "service.log", settings.log.bytes, settings.log.files)
    except OSError as error:
        raise StartError(f"{folder}: the log cannot be written: {error.strerror}; mend folder in [log]") from None
    lines = Lines()
    writer = Writer(lines, file, sys.stdout)
    logging.setLogRecordFactory(Record)
    logging._srcfile = None  # where a line comes from is not looked up ("Optimization" in logging's manual)
    root = logging.getLogger()
    root.addHandler(lines)
    root.setLevel(settings.log.level)
    writer.start()
    try:
        yield
    finally:
        root.removeHandler(lines)
        logging.setLogRecordFactory(logging.LogRecord)
        writer.end()
        file.close()
