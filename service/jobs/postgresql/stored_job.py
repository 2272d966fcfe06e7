"""A job as its row was when it was read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from service.jobs.job import Job, State
from service.jobs.stored import arguments_of, error_of

COLUMNS = """
    id, statistic, arguments, key, submitted_at, state, started_at, finished_at, rows, error, answer,
    (select answers.dataset from health.answers where answers.id = jobs.answer) as dataset,
    (select answers.sample from health.answers where answers.id = jobs.answer) as sample
"""


@dataclass(slots=True, eq=False, kw_only=True)
class StoredJob(Job):
    answer_number: int | None = None
    """Of its answer's row."""

    def as_it_was(self, state: State) -> StoredJob:
        """The job when it came to a state that it may have left meanwhile."""
        if self.state is state:
            return self
        started = self.started_at if state is State.RUNNING else None
        was = replace(self, state=state, started_at=started, finished_at=None, rows=None, error=None)
        was.answer_number = was.dataset = was.sample = None
        return was


def job_of(row: Any) -> StoredJob:
    """The job of a row of COLUMNS."""
    return StoredJob(
        id=row["id"],
        statistic=row["statistic"],
        arguments=arguments_of(row["arguments"]),
        key=row["key"],
        submitted_at=row["submitted_at"],
        state=State(row["state"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        rows=row["rows"],
        error=error_of(row["error"]) if row["error"] else None,
        answer_number=row["answer"],
        dataset=row["dataset"],
        sample=row["sample"],
    )
