"""Jobs and answers as rows of the journal, and back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from service.answers.answer import Answer, restored
from service.encoding import encode, iso
from service.engine.result import Result
from service.errors import ServiceError
from service.jobs.embedded.journal.batch import AnswerRow, JobRow
from service.jobs.embedded.journal.database import Kept
from service.jobs.embedded.table_job import TableJob
from service.jobs.job import State

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
        error=_error_text(job.error) if job.error else None,
        crashes=job.crashes,
    )


def _error_text(error: ServiceError) -> str:
    return encode({"status": error.status, "reason": error.reason, "fields": error.fields}).decode()


def _error_of(text: str) -> ServiceError:
    error = msgspec.json.decode(text)
    return ServiceError(error["reason"], status=error["status"], **error["fields"])


def job_of(row: JobRow, answer: Answer | None) -> TableJob:
    """The job of a row; one whose answer is lost runs again."""
    state = State(row.state)
    if state is State.DONE and answer is None:
        state = State.QUEUED
    finished = state is not State.QUEUED
    return TableJob(
        id=row.id,
        statistic=row.statistic,
        arguments=msgspec.json.decode(row.arguments, type=dict[str, Any]),
        key=row.key,
        submitted_at=_time(row.submitted_at),
        state=state,
        started_at=_time(row.started_at) if finished and row.started_at is not None else None,
        finished_at=_time(row.finished_at) if finished else None,
        rows=answer.result.length if answer else None,
        answer=answer,
        error=_error_of(row.error) if row.error else None,
        crashes=int(row.crashes),
    )


def _time(seconds: Any) -> float:
    """Raises an error for a number that is not a time."""
    iso(seconds)
    return float(seconds)


def answer_row(number: int, answer: Answer) -> AnswerRow:
    """The row of an answer with this number."""
    result = answer.result
    data, file = (None, result.file.name) if result.file else (result.to_bytes(), None)
    provenance = encode(answer.provenance).decode()
    return AnswerRow(
        id=number,
        key=answer.key,
        provenance=provenance,
        returns=answer.returns,
        length=result.length,
        data=data,
        file=file,
    )


def answers_of(kept: Kept, folder: Path) -> Iterator[tuple[int, Answer]]:
    """The answers that can be read, by their numbers."""
    for row in kept.answers:
        try:
            result = Result.from_file(folder / row.file, row.length) if row.file else Result.from_bytes(row.data)
        except (OSError, pa.ArrowInvalid) as error:
            log.warning("the rows of an answer are lost, so its jobs run again: %s", error)
            continue
        yield row.id, restored(row.key, row.provenance, row.returns, result)
