"""One base error that carries an HTTP status, a reason and fields; its few children name the kinds."""

from __future__ import annotations

import json
from typing import Any


class ServiceError(Exception):
    """A refusal that a person can act on.

    `reason` is a sentence that says what was wrong, where, and what to do; `fields` are details for programs,
    such as `parameter`, `allowed` or `did_you_mean`; `status` is the HTTP status that fits.
    """

    status = 500

    def __init__(self, reason: str, *, status: int | None = None, **fields: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = fields
        if status is not None:
            self.status = status


class BadRequest(ServiceError):
    """What the caller sent cannot be used as it is."""

    status = 400


class NotFound(ServiceError):
    """What the caller asked for is not here."""

    status = 404


class NoPicture(ServiceError):
    """There is an answer, but no picture of it of the kind that was asked for."""

    status = 406


class Unavailable(ServiceError):
    """Nothing is wrong with the request, but the service cannot take it now."""

    status = 503


class StartError(ServiceError):
    """The process cannot start, or a command cannot do its work: the reason is printed, and the exit code is 2."""


class ConfigError(StartError):
    """A setting has an unknown name or a value that is not allowed."""


class DatasetError(StartError):
    """The CSV cannot be used as the dataset."""


class StatisticFault(StartError):
    """A statistic's file breaks the contract; the reason begins with `sql/FILE:LINE`."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        name = file.rpartition("/")[2].removesuffix(".sql")
        super().__init__(f"{file}:{line}: {reason}", file=file, line=line, name=name)


class Unusable(ValueError):
    """A value that a type does not admit; `fields` are details for the error's body."""

    def __init__(self, reason: str, **fields: Any) -> None:
        super().__init__(reason)
        self.fields = fields


def brief(value: Any) -> str:
    """A value as it is shown in a message: short, on one line, and but for a text's quotes as JSON writes it."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        text = "what is nested too deeply to be shown"
    return text if len(text) <= 60 else text[:57] + "..."
