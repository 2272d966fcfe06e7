"""Lines of the log, made of records."""

from __future__ import annotations

import logging
import time

from service.encoding import ascii_json, encode
from service.logs.request_id import request_id
from service.logs.sinks import Sink

LONGEST = 4000
"""Letters of a message, of which a client may have sent most: many long ones would rotate the history away."""

CONTROLS = {code: ascii(chr(code))[1:-1] for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
"""How Python writes each control character, and each other one that ends a line."""


class LineFormatter(logging.Formatter):
    """One line an event: control characters are escaped, so that nothing a client sends can forge a line."""

    def __init__(self) -> None:
        super().__init__()
        self._second, self._stamp = -1, ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the library's
        """UTC with milliseconds; the part up to the second is kept for the second's other lines."""
        second = int(record.created)
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._stamp}.{int(record.msecs):03d}Z"

    def format(self, record: logging.LogRecord) -> str:
        """With the id of the request that the event belongs to; an event of another one names it as `request_id`."""
        line = f"{self.formatTime(record)} {record.levelname} {_escaped(_message(record))}"
        found = _request_id(record)
        return f"{line} id={found}" if found else line

    def details(self, record: logging.LogRecord) -> list[str]:
        """The traceback, if there is one, as lines below it: indented, so that they cannot pass for events."""
        if not record.exc_info:
            return []
        trace = self.formatException(record.exc_info)
        return [f"    {_escaped(line)}" for line in trace.splitlines()]

    def lost(self, lines: int) -> str:
        """The line in place of so many that could not be kept."""
        said = {"levelname": "WARNING", "msg": "%d lines that came then were not kept", "args": (lines,)}
        return self.format(logging.makeLogRecord({"name": __name__, **said}))


class JsonFormatter(LineFormatter):
    """One JSON object an event, with the parts of its message as members where it names them."""

    def format(self, record: logging.LogRecord) -> str:
        parts = record.args if isinstance(record.args, dict) else {}
        found = _request_id(record)
        trace = {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        said = {"time": self.formatTime(record), "level": record.levelname, "message": _message(record)}
        line = {**said, "logger": record.name, **({"request_id": found} if found else {}), **parts, **trace}
        try:
            return encode(line).decode()
        except UnicodeEncodeError:  # an address may hold bytes that are not UTF-8
            return ascii_json(line)

    def details(self, record: logging.LogRecord) -> list[str]:
        return []


FORMATS = {"text": LineFormatter, "json": JsonFormatter}


def _message(record: logging.LogRecord) -> str:
    return cut(record.getMessage(), LONGEST)


def _request_id(record: logging.LogRecord) -> str:
    given: str | None = record.__dict__.get("request_id")
    return request_id.get() if given is None else given


def cut(text: str, letters: int) -> str:
    """The text, or its beginning with what it had."""
    return text if len(text) <= letters else f"{text[:letters]}… ({len(text)} letters)"


def _escaped(text: str) -> str:
    return text if text.isprintable() else text.translate(CONTROLS)


class Lines(logging.Handler):
    """Formats each record in the thread that logs it.

    Formatting them in a thread of its own took a quarter of the CPU time of short jobs: it competes with the event loop
    for the GIL, and finds the records no longer in its processor's cache.
    """

    def __init__(self, formatter: LineFormatter, file: Sink, console: Sink | None = None) -> None:
        super().__init__()
        self._formatter = formatter
        self._file = file
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Tracebacks go to the file only."""
        try:
            line = self._formatter.format(record)
            self._file.put(line)
            for detail in self._formatter.details(record):
                self._file.put(detail)
            if self._console and not hasattr(record, "file_only"):
                self._console.put(line)
        except Exception:
            self.handleError(record)
