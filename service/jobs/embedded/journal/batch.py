"""Rows of the journal, and the SQL that writes a batch of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from service.encoding import encode
from service.jobs.idempotency import Entry


class JobRow(NamedTuple):
    """A job on disk; `arguments` and `error` are JSON, `answer` is the number of an answer."""

    id: int
    statistic: str
    arguments: str
    key: str
    submitted_at: float
    state: str
    started_at: float | None
    finished_at: float | None
    answer: int | None
    error: str | None
    crashes: int


class AnswerRow(NamedTuple):
    """An answer on disk; its rows are `data`, an Arrow stream, or in the spool's `file` of that name."""

    id: int
    key: str
    provenance: str
    returns: str
    length: int
    data: Any
    file: str | None


class Batch(NamedTuple):
    """What is written in one transaction: rows, and the ids of those to delete."""

    jobs: Sequence[JobRow] = ()
    answers: Sequence[AnswerRow] = ()
    keys: Sequence[Entry] = ()
    gone_jobs: Collection[int] = ()
    gone_answers: Collection[int] = ()
    gone_keys: Collection[str] = ()


def _insert(table: str, row: type[JobRow | AnswerRow | Entry]) -> tuple[str, int]:
    columns = ", ".join(row._fields)
    return f"insert or replace into {table} ({columns}) values ", len(row._fields)  # noqa: S608 - our own names


INSERT = (_insert("jobs", JobRow), _insert("answers", AnswerRow), _insert("keys", Entry))
DELETE = (
    "delete from jobs where id in (select value from json_each(?))",
    "delete from answers where id in (select value from json_each(?))",
    "delete from keys where key in (select value from json_each(?))",
)
AT_ONCE = 20
"""Rows of one statement: each statement releases the GIL and acquires it again."""


def statements(batch: Batch) -> Iterator[tuple[str, Sequence[Any]]]:
    """The SQL that writes the batch, each statement with its values."""
    for (insert, width), rows in zip(INSERT, (batch.jobs, batch.answers, batch.keys), strict=True):
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            yield insert + _places(width, len(some)), list(chain.from_iterable(some))
    for delete, gone in zip(DELETE, (batch.gone_jobs, batch.gone_answers, batch.gone_keys), strict=True):
        if gone:
            yield delete, [encode(gone).decode()]


@cache
def _places(width: int, rows: int) -> str:
    place = f"({', '.join('?' * width)})"
    return ", ".join([place] * rows)
