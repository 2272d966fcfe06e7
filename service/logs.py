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
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """The line, and in the file the traceback below it, indented, so that it cannot pass for lines either."""
        line = f"{self.formatTime(record)} {record.levelname} {record.getMessage().translate(CONTROLS)}"
        if record.exc_info and self._tracebacks:
            details = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n    {detail.translate(CONTROLS)}" for detail in details)
        return line


class Queue(logging.handlers.QueueHandler):
    """Takes records as they are: they are formatted in the listener's thread, off the event loop."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """No formatting here; the arguments of our records do not change."""
        return record


@contextmanager
def logging_to(settings: Settings) -> Iterator[None]:
    """Log to the settings' folder and to the console for as long as the context lasts; raises StartError."""
    folder = settings.path(settings.log.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / "service.log",
            maxBytes=settings.log.bytes,
            backupCount=settings.log.files,
            encoding="utf-8",
        )
    except OSError as error:
        raise StartError(f"{folder}: the log cannot be written: {error.strerror}; mend folder in [log]") from None
    console = logging.StreamHandler(sys.stdout)
    file.setFormatter(LineFormatter(tracebacks=True))
    console.setFormatter(LineFormatter(tracebacks=False))
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, file, console)
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
