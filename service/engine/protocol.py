"""The seam "run this SQL with these arguments": above it nobody knows an engine's types or holds its cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from service.dataset import Facts
from service.dataset.choices import Choice
from service.engine.result import Column, Result


class SqlFault(Exception):
    """SQL, or a header above it, that cannot be used; `line` counts from 1 in the text that was given."""

    status = 404
    """The HTTP status of the statistic meanwhile."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class Unsupported(SqlFault):
    """SQL that may be right, and that this engine cannot run."""

    status = 501


class Interrupted(Exception):
    """The statement was stopped before its end."""


class Prepared(NamedTuple):
    """One SELECT. Errors call it `name`; `parameters` are the names that it wants bound."""

    name: str
    sql: str
    parameters: frozenset[str]


class Comparison(NamedTuple):
    """SQL that compares a parameter with a column, which may be the argument of a function."""

    line: int
    sign: str
    parameter: str
    column: str
    function: str | None


class Unread(NamedTuple):
    """`$name` where SQL does not read it: within `a text`, `a name` or `a comment`."""

    line: int
    kind: str
    text: str


class Session(Protocol):
    """What one thread runs SQL with. Only `interrupt` and `progress` may be called from other threads."""

    def prepare(self, name: str, sql: str) -> Prepared:
        """Parse SQL, once for each text; raises SqlFault unless it is exactly one SELECT."""

    def columns(self, prepared: Prepared, arguments: Mapping[str, Any]) -> tuple[Column, ...]:
        """The columns that it gives, found without running it; raises SqlFault."""

    def comparisons(self, prepared: Prepared) -> list[Comparison]:
        """What the parameters are compared with, as far as the text alone tells."""

    def unread(self, prepared: Prepared, name: str, above: int) -> Unread | None:
        """Where the text has a parameter's name without using it, but for comments in its first `above` lines."""

    def run(self, prepared: Prepared, arguments: Mapping[str, Any], seconds: float | None = None) -> Result:
        """Its columns and rows.

        Raises Interrupted when it was interrupted or took longer than `seconds`, BadRequest when it cannot be
        computed with these arguments, Unavailable when memory or disk is short, and ServiceError when it fails.
        """

    def explain(self, prepared: Prepared, arguments: Mapping[str, Any]) -> str:
        """The plan with the time of each step, found by running it; raises what `run` raises."""

    def interrupt(self) -> None:
        """Stop what runs now, if anything does."""

    def progress(self) -> float | None:
        """How much of what runs now is done, from 0 to 1; None when that is not known."""

    def close(self) -> None:
        """Free what it holds, any number of times; while it runs nothing happens, and it must be closed again."""


class Engine(Protocol):
    """A table to run SQL on. It owns the sessions that it opened."""

    @property
    def facts(self) -> Facts: ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the table's columns."""

    @property
    def fault(self) -> str | None:
        """Why nothing can be run now, as far as that is known."""

    def choices(self, column: str, code: str | None = None) -> tuple[Choice, ...]:
        """The values of a column in their order, each with its code; raises ValueError for an unknown column."""

    def session(self) -> Session:
        """A new session, for one thread."""

    def close(self) -> None:
        """Close the sessions that are still open, then free the table, once nothing runs on it any more."""
