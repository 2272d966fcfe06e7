"""Parts of the embedded job store, wired as the store wires them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from service.answers.answer import Answer, Provenance, restored
from service.answers.store import AnswerStore
from service.encoding import encode
from service.engine.result import Result
from service.jobs.embedded.job_table import JobTable
from service.jobs.embedded.journal.journal import Journal
from service.jobs.embedded.retention import Retention
from service.jobs.events import Events
from service.settings import Jobs

PROVENANCE = Provenance(
    statistic="one",
    arguments={},
    unit=None,
    dataset="0",
    source="table.csv",
    years=[2011],
    sample=False,
    sql="0",
    computed_at="2026-01-31T12:00:00.000Z",
)


def table_of(answers: AnswerStore | None = None, journal: Journal | None = None, **limits: Any) -> JobTable:
    """A job table with these limits on what is kept."""
    retention = Retention(Jobs(**limits), 10**9, answers or AnswerStore(0))
    return JobTable(retention, journal or Journal(), Events())


def answer_of(size: int, key: str = "key") -> Answer:
    """An answer of one row with a text of so many bytes."""
    result = Result.of_table(pa.table({"text": ["x" * size]}))
    return restored(key, encode(PROVENANCE).decode(), "row", result)
