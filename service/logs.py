"""The log: a rotating file and the console, a line an event, UTC in ISO 8601. Tracebacks go to the file only."""

from __future__ import annotations

import logging
import logging.handlers
import queue
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

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

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__()
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """The line, and in the file the traceback below it, indented, so that it cannot pass for lines either."""
        line: str | None = record.__dict__.get("line")
        if line is None:
            line = f"{self.formatTime(record)} {record.levelname} {record.getMessage().translate(CONTROLS)}"
            record.__dict__["line"] = line  # made once for all handlers
        if not (record.exc_info and self._tracebacks):
            return line
        details = self.formatException(record.exc_info).splitlines()
        return "\n    ".join([line, *(detail.translate(CONTROLS) for detail in details)])


class Queue(logging.handlers.QueueHandler):
    """Takes records as they are: they are formatted in the listener's thread, off the event loop."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """No formatting here; the arguments of our records do not change."""
        return record


class Listener(logging.handlers.QueueListener):
    """Lets lines gather for a moment: a thread that wakes for each one takes the GIL from the event loop each time."""

    queue: queue.SimpleQueue[logging.LogRecord]

    def dequeue(self, block: bool) -> logging.LogRecord:
        """The next record; the pause is also how much of the log a `kill -9` can lose."""
        if self.queue.empty():
            time.sleep(GATHER)
        return super().dequeue(block)


class RotatingFile(logging.handlers.RotatingFileHandler):
    """Rotates by the size alone: the library looks at the file system, and formats, twice a line."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - the library's name
        """Whether the line would make the file too long."""
        self.stream = self.stream or self._open()
        return self.stream.tell() + len(self.format(record).encode("utf-8", "backslashreplace")) + 1 > self.maxBytes > 0


@contextmanager
def logging_to(settings: Settings) -> Iterator[None]:
    """Log to the settings' folder and to the console for as long as the context lasts; raises StartError."""
    folder = settings.path(settings.log.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFile(
            folder / "service.log",
            maxBytes=settings.log.bytes,
            backupCount=settings.log.files,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        raise StartError(f"{folder}: the log cannot be written: {error.strerror}; mend folder in [log]") from None
    console = logging.StreamHandler(sys.stdout)
    file.setFormatter(LineFormatter(tracebacks=True))
    console.setFormatter(LineFormatter(tracebacks=False))
    console.addFilter(lambda record: not hasattr(record, "file_only"))
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = Listener(records, file, console)
    # What no line shows is not looked up for each record ("Optimization" in logging's manual).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    root = logging.getLogger()
    handler = Queue(records)
    root.addHandler(handler)
    root.setLevel(settings.log.level)
    listener.start()
    try:
        yield
    finally:
        root.removeHandler(handler)
        listener.stop()
        file.close()
