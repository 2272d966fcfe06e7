"""One base error that carries an HTTP status, a reason and fields, and its children, which name the kinds."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

MAX_SHOWN = 60
"""Characters of a value in a message."""


class ServiceError(Exception):
    """An error that a person can act on.

    `reason` is a sentence that says what was wrong, where, and what to do; `fields` are details for programs, such as
    `parameter`, `allowed` or `did_you_mean`; `status` is the HTTP status.
    """

    status = 500

    def __init__(self, reason: str, *, status: int | None = None, **fields: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = fields
        if status is not None:
            self.status = status


class BadRequest(ServiceError):
    """The request cannot be used as it is."""

    status = 400


class NotFound(ServiceError):
    """What the request asks for does not exist."""

    status = 404


class NoPicture(ServiceError):
    """There is an answer, but the chart asked for cannot show it."""

    status = 406


class Unavailable(ServiceError):
    """Nothing is wrong with the request, but the service cannot take it now."""

    status = 503


class StartError(ServiceError):
    """The process cannot start, or a command cannot do its work: the reason is printed, and the exit code is 2."""


class InUse(StartError):
    """Another process has the journal, or the folder of long answers."""


class ConfigError(StartError):
    """A setting has an unknown name or a value that is not allowed."""


class DatasetError(StartError):
    """The file cannot be used as the dataset, or an export of it cannot be written."""


class StatisticFault(StartError):
    """A statistic's file breaks the contract; the reason begins with `sql/FILE:LINE`.

    `others` are further faults of the file; `status` is that of requests for it meanwhile.
    """

    def __init__(
        self, file: str, line: int, reason: str, *, others: Sequence[StatisticFault] = (), status: int = 404
    ) -> None:
        name = file.rpartition("/")[2].removesuffix(".sql")
        super().__init__(f"{file}:{line}: {reason}", status=status, file=file, line=line, name=name)
        self.others = others

    def reasons(self) -> list[str]:
        """Of all faults of the file."""
        return [self.reason, *(other.reason for other in self.others)]


class Unusable(ValueError):
    """A value that a type does not allow; `fields` are details for programs."""

    def __init__(self, reason: str, **fields: Any) -> None:
        super().__init__(reason)
        self.fields = fields


FOLDERS = re.compile(r"(?<![\w.:/])(?:[A-Za-z]:\\|/)(?:[^\s'\":/\\]+[/\\])*")
"""Of an absolute path, all but its last part."""


def without_folders(text: str) -> str:
    """A message for clients, made of one for the operator: how the machine's folders are named is not for them."""
    return FOLDERS.sub("", text)


def brief(value: Any) -> str:
    """A value for a message: on one line, short, and written as JSON, but for a text as Python writes it."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        text = "a value nested too deeply to be shown"
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


E = TypeVar("E", bound=Exception)


def without_frames(error: E) -> E:
    """The error for whoever keeps it: its frames would keep what they had, such as a session and its rows, alive."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
