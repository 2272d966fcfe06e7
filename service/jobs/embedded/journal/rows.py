"""Jobs and answers as rows of the journal, and back."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from service.answers.answer import Answer
from service.encoding import encode, iso
from service.jobs.embedded.journal.batch import AnswerRow, Batch, JobRow
from service.jobs.embedded.journal.database import Kept
from service.jobs.embedded.journal.pending import Pending
from service.jobs.embedded.table_job import TableJob
from service.jobs.job import State
from service.jobs.stored import StoredAnswer, answer_of, arguments_of, error_of, error_text, stored

log = logging.getLogger(__name__)


def job_row(job: TableJob, answer: int | None) -> JobRow:
    """A job; one that has not ended is queued, since after a crash it runs again."""
    return JobRow(
        id=job.id,
        statistic=job.statistic,
        arguments=encode(job.arguments).decode(),
        key=job.key,
        submitted_at=job.submitted_at,
        state=job.state if job.finished else State.QUEUED,
        started_at=job.started_at if job.finished else None,
        finished_at=job.finished_at,
        answer=answer,
        error=error_text(job.error) if job.error else None,
        crashes=job.crashes,
    )


def job_of(row: JobRow, answer: Answer | None) -> TableJob:
    """The job of a row; one whose answer is lost runs again."""
    state = State(row.state)
    if state is State.DONE and answer is None:
        state = State.QUEUED
    finished = state is not State.QUEUED
    return TableJob(
        id=row.id,
        statistic=row.statistic,
        arguments=arguments_of(row.arguments),
        key=row.key,
        submitted_at=_time(row.submitted_at),
        state=state,
        started_at=_time(row.started_at) if finished and row.started_at is not None else None,
        finished_at=_time(row.finished_at) if finished else None,
        rows=answer.result.length if answer else None,
        dataset=answer.provenance.dataset if answer else None,
        sample=answer.provenance.sample if answer else None,
        answer=answer,
        error=error_of(row.error) if row.error else None,
        crashes=int(row.crashes),
    )


def _time(seconds: Any) -> float:
    """Raises an error for a number that is not a time."""
    iso(seconds)
    return float(seconds)


def batch_of(pending: Pending, jobs: Sequence[JobRow]) -> Batch:
    """All of it, with the rows of its jobs; answers take time, so it is for the journal's thread."""
    return Batch(
        jobs=jobs,
        answers=[AnswerRow(id=number, **stored(answer)._asdict()) for number, answer in pending.answers.put.items()],
        keys=list(pending.keys.put.values()),
        gone_jobs=pending.jobs.gone,
        gone_answers=pending.answers.gone,
        gone_keys=pending.keys.gone,
    )


def answers_of(kept: Kept, folder: Path) -> Iterator[tuple[int, Answer]]:
    """The answers that can be read, by their numbers."""
    for row in kept.answers:
        try:
            answer = answer_of(StoredAnswer(*row[1:]), folder)
        except (OSError, pa.ArrowInvalid) as error:
            log.warning("the rows of an answer are lost, so its jobs run again: %s", error)
            continue
        yield row.id, answer
