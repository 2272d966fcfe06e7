"""The log: a rotating file and the console, a line an event, in UTC. As text, tracebacks go to the file only."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from service.errors import StartError
from service.logs.lines import FORMATS, LineFormatter, Lines
from service.logs.sinks import RotatingFile, Sink, write_lines
from service.settings import Settings

FILE_ONLY = {"file_only": True}
"""The `extra` of a message that standard error shows anyway."""

UNUSED = {
    "_srcfile": None,
    "logThreads": False,
    "logProcesses": False,
    "logMultiprocessing": False,
    "logAsyncioTasks": False,
}
"""Switches of what no line shows, so that it is not looked up: where a line comes from, and in which thread, process
and task. See https://docs.python.org/3/howto/logging.html#optimization"""


@contextmanager
def logging_to(settings: Settings) -> Iterator[None]:
    """Log to the settings' folder and to the console for as long as the context lasts; raises StartError."""
    folder = settings.path(settings.log.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFile(folder / "service.log", settings.log.bytes, settings.log.files)
    except OSError as error:
        raise StartError(f"{folder}: the log cannot be written: {error.strerror}; correct folder in [log]") from None
    formatter = FORMATS[settings.log.format]()
    sinks = [Sink("log", file.write, formatter.lost), *_console(formatter)]
    lines = Lines(formatter, *sinks)
    root = logging.getLogger()
    root.addHandler(lines)
    root.setLevel(settings.log.level)
    for sink in sinks:
        sink.start()
    try:
        with _only_what_lines_show():
            yield
    finally:
        root.removeHandler(lines)
        for sink in sinks:
            sink.end()
        with suppress(OSError):  # of a full disk, which the sink has told of
            file.close()


@contextmanager
def _only_what_lines_show() -> Iterator[None]:
    switches = vars(logging)
    before = {name: switches[name] for name in UNUSED if name in switches}  # asyncio's is not in Python 3.11
    switches.update((name, UNUSED[name]) for name in before)
    try:
        yield
    finally:
        switches.update(before)


def _console(formatter: LineFormatter) -> list[Sink]:
    """The standard output, if there is one; characters that its encoding lacks are escaped."""
    if sys.stdout is None:
        return []
    if isinstance(sys.stdout, io.TextIOWrapper):
        with suppress(OSError):  # of earlier lines, which this writes first
            sys.stdout.reconfigure(errors="backslashreplace")
    return [Sink("console", partial(write_lines, sys.stdout), formatter.lost)]
