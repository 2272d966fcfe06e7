"""How jobs ended: all that end within a turn of the event loop are written by one statement."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception, wait_random_exponential

from service.answers.answer import Answer
from service.errors import ServiceError, Unavailable
from service.jobs.job import State
from service.jobs.postgresql.batches import Batches
from service.jobs.postgresql.database import Database, notified
from service.jobs.postgresql.shared_answers import SharedAnswers
from service.jobs.runner.local_job import LocalJob
from service.jobs.stored import error_text, stored
from service.threads import in_short_thread

log = logging.getLogger(__name__)

FINISH = f"""
with given as materialized (
    select
        case when each.provenance is not null then nextval('health.answers_id_seq') else each.known end as answer,
        each.*
    from unnest(
        $1::bigint[], $2::text[], $3::float[], $4::float[], $5::text[], $6::bigint[],
        $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bytea[], $12::text[], $13::bigint[],
        $14::text[], $15::boolean[]
    ) as each(
        job, state, started_at, finished_at, error, known,
        key, provenance, returns, rows, data, file, bytes, dataset, sample
    )
),
finished as (
    update health.jobs
    set
        state = given.state,
        started_at = given.started_at,
        finished_at = given.finished_at,
        error = given.error,
        answer = given.answer,
        rows = coalesce(given.rows, (select length from health.answers where answers.id = given.known))
    from given
    where jobs.id = given.job and jobs.state = 'running' and jobs.replica = $16
    returning jobs.id, jobs.state, jobs.answer
),
kept as (
    insert into health.answers (id, key, provenance, returns, length, data, file, bytes, dataset, sample, made_at)
    overriding system value
    select answer, key, provenance, returns, rows, data, file, bytes, dataset, sample, finished_at
    from given
    where provenance is not null and job in (select id from finished)
),
notified as ({notified("finished")})
select id, answer, (select count(*) from notified) from finished
"""
"""Only what is still this replica's: a job that was cancelled, or taken over, stays as it is."""


class Ending(NamedTuple):
    """How a job ended: with a new answer, one that was `known` already, or an error."""

    job: LocalJob
    state: State
    answer: Answer | None = None
    known: int | None = None
    error: ServiceError | None = None

    def values(self) -> Sequence[Any]:
        """A row of FINISH; to encode the rows of an answer takes time: not for the event loop."""
        error = error_text(self.error) if self.error else None
        own = (self.job.id, self.state, self.job.started_at, self.job.finished_at, error, self.known)
        if self.answer is None:
            return (*own, *[None] * 9)
        row, provenance = stored(self.answer), self.answer.provenance
        size = self.answer.result.disk_bytes if row.data is None else len(row.data)
        kept = (row.key, row.provenance, row.returns, row.length, row.data, row.file, size)
        return (*own, *kept, provenance.dataset, provenance.sample)


class Endings:
    """For the event loop. `replica` gives this process's number among the replicas, None while it is none."""

    def __init__(self, database: Database, shared: SharedAnswers, replica: Callable[[], int | None]) -> None:
        self._database = database
        self._shared = shared
        self._replica = replica
        self._batches = Batches(self._write)

    async def write(self, ending: Ending) -> None:
        """Return when it is durable; raises Unavailable when this process is that replica no more."""
        try:
            await self._batches.add(ending)
        except asyncpg.PostgresError as error:
            log.error("the answer of job %d could not be kept: %s", ending.job.id, error)
            reason = "the answer could not be kept; the log has the details"
            await self._batches.add(Ending(ending.job, State.ERROR, error=ServiceError(reason)))

    async def _write(self, endings: Sequence[Ending]) -> Sequence[None]:
        columns, replica = await in_short_thread(_columns, endings), self._replica()
        retrying = AsyncRetrying(
            wait=wait_random_exponential(0.05, 1),
            retry=retry_if_exception(lambda error: isinstance(error, Unavailable) and self._replica() == replica),
            reraise=True,
        )
        rows: list[asyncpg.Record] = await retrying(self._database.rows, FINISH, *columns, replica)
        numbers = {row["id"]: row["answer"] for row in rows}
        for ending in endings:
            number = numbers.get(ending.job.id)
            if ending.answer is not None and number is not None:
                self._shared.add(number, ending.answer)
        return [None] * len(endings)

    async def settled(self) -> None:
        """Return when nothing is being written."""
        await self._batches.settled()


def _columns(endings: Sequence[Ending]) -> list[list[Any]]:
    return [list(column) for column in zip(*(ending.values() for ending in endings), strict=True)]
