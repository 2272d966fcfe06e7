"""The job store that replicas share: every call is a statement or two, and any replica answers for any job."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from service.answers.answer import Answer
from service.answers.store import AnswerStore
from service.engine.protocol import Engine
from service.errors import NotFound, ServiceError, Unavailable
from service.jobs.events import Listener
from service.jobs.figures import Figures
from service.jobs.idempotency import KeyedRequest, require_same
from service.jobs.job import Job, State
from service.jobs.postgresql.claims import Claims
from service.jobs.postgresql.database import Database, notified
from service.jobs.postgresql.notifications import Notifications
from service.jobs.postgresql.replica import Replica
from service.jobs.postgresql.retention import Retention
from service.jobs.postgresql.schema import LIVING
from service.jobs.postgresql.shared_answers import SharedAnswers
from service.jobs.postgresql.stored_job import COLUMNS, StoredJob, job_of
from service.jobs.postgresql.submissions import Submissions
from service.jobs.protocol import Filter, Listed, Submitted
from service.jobs.query import Query
from service.jobs.runner.pool import Pool
from service.jobs.stored import error_text

log = logging.getLogger(__name__)

JOB = f"select {COLUMNS} from health.jobs where id = $1"
FIND = f"""
select *
from (
    select {COLUMNS}
    from health.jobs
    where
        id > $1
        and state = any($2::text[])
        and ($3::text[] is null or statistic = any($3))
        and submitted_at >= $4
    order by
        case when $5::bigint is not null then id end desc,
        id
    limit coalesce($5, $6)
) as newest
order by id
limit $6
"""
CANCEL = f"""
with cancelled as (
    update health.jobs
    set state = 'cancelled', finished_at = $2, error = $3
    where id = $1 and state in ('queued', 'running')
    returning id, state
)
{notified("cancelled")}
"""
PENDING = "select state, count(*) from health.jobs where state in ('queued', 'running') group by state"
LAST = "select case when is_called then last_value else 0 end from health.job_ids"
ITS_OWN = f"""
select exists (
    select 1
    from health.jobs
    inner join health.replicas as own on own.id = $1 and jobs.fits = any(own.fits)
    where jobs.state = 'queued' and not exists (
        select 1
        from health.replicas as other
        where other.id in ({LIVING}) and not other.draining and jobs.fits = any(other.fits)
    )
)
"""
AGAIN = 0.1
"""Seconds between two looks whether other replicas have taken what is queued, while this one ends."""


@dataclass(slots=True, eq=False, kw_only=True)
class PostgreSQLStore:
    """A JobStore. Its jobs are as they were when they were read."""

    database: Database
    submissions: Submissions
    claims: Claims
    notifications: Notifications
    replica: Replica
    pool: Pool
    answers: AnswerStore
    shared: SharedAnswers
    retention: Retention
    closing: bool = False

    @property
    def durable(self) -> bool:
        return True

    async def submit(self, query: Query, *, fresh: bool = False, keyed: KeyedRequest | None = None) -> Submitted:
        if self.closing:
            raise Unavailable("this replica is shutting down and accepts no new jobs; ask again, which another answers")
        if self.replica.fault:
            raise Unavailable(f"no job can be accepted: {self.replica.fault}; ask again in a second", retry_after=1)
        job = await self.submissions.add(query, fresh=fresh, keyed=keyed)
        if job is None and keyed is not None:
            return Submitted(await self._job_of(keyed), known=True)
        assert job is not None  # noqa: S101 - only a key leaves it out
        return Submitted(job)

    async def _job_of(self, keyed: KeyedRequest) -> StoredJob:
        found = await self.database.row("select job, fingerprint from health.keys where key = $1", keyed.key)
        if found is None:
            raise Unavailable("the job of this Idempotency-Key has just been removed; ask again", retry_after=1)
        require_same(keyed, found["fingerprint"], found["job"])
        return await self.get(found["job"])

    async def begin(self, query: Query, *, fresh: bool = False) -> Job:
        return (await self.submit(query, fresh=fresh)).job

    async def acknowledge(self, job: Job) -> None:
        """It is durable already."""

    async def known(self, key: str) -> Answer | None:
        answer = self.answers.known(key)
        if answer is not None or self.replica.fault:
            return answer
        try:
            return await self.shared.of_key(key)
        except (NotFound, Unavailable):  # it is computed again, or refused then
            return None

    async def get(self, job_id: int) -> StoredJob:
        row = await self.database.row(JOB, job_id)
        if row is not None:
            return job_of(row)
        last = await self.database.value(LAST)
        if 0 < job_id <= last:
            reason = f"job {job_id} is no longer kept: {self.retention.describe()}; ask again with a new job"
            raise NotFound(reason, status=410, job_id=job_id)
        raise NotFound(f"there is no job {job_id}; the newest is {last}", job_id=job_id)

    async def find(self, wanted: Filter) -> Listed:
        limit = None if wanted.limit is None else wanted.limit + 1
        statistics = None if wanted.statistics is None else list(wanted.statistics)
        rows = await self.database.rows(
            FIND, wanted.after, list(wanted.states), statistics, wanted.since, wanted.newest, limit
        )
        jobs = [job_of(row) for row in rows]
        return Listed(jobs[: wanted.limit], more=limit is not None and len(jobs) == limit)

    async def answer(self, job: Job) -> Answer | None:
        number = _own(job).answer_number
        return None if number is None else await self.shared.of_number(number)

    async def progress(self, job: Job) -> float | None:
        local = self.claims.mine.get(job.id)
        return self.pool.progress(local) if local else None

    async def pending(self) -> int:
        return sum([count for _, count in await self.database.rows(PENDING)])

    async def figures(self) -> Figures:
        fault = self.replica.fault
        try:
            pending = dict(await self.database.rows(PENDING))
        except Unavailable as error:
            pending, fault = {}, error.reason
        return Figures(
            ended=self.claims.ended,
            pending={state: pending.get(state, 0) for state in (State.QUEUED, State.RUNNING)},
            workers=self.pool.figures()[1],
            draining=self.closing,
            journal_fault=fault,
            journal_lag=0.0,
            answer_bytes={"remembered": self.answers.remembered_bytes},
        )

    async def changed(self, job: Job, seconds: float) -> Job:
        return await self._once(job, seconds, lambda now: now.state is not job.state)

    async def ended(self, job: Job, seconds: float) -> Job:
        return await self._once(job, seconds, lambda now: now.finished)

    async def _once(self, job: Job, seconds: float, holds: Callable[[Job], bool]) -> Job:
        """The job once something holds of it, or after so many seconds."""
        until = asyncio.get_running_loop().time() + seconds
        while not holds(job):
            with self.notifications.change_of(job.id) as change:
                job = await self.get(job.id)  # it may have changed before
                left = until - asyncio.get_running_loop().time()
                if holds(job) or left <= 0:
                    break
                await asyncio.wait([change], timeout=left)
                if not change.done():  # no notification named it
                    break
        return job

    async def cancel(self, job: Job, reason: ServiceError) -> Job:
        await self.database.value(CANCEL, job.id, time.time(), error_text(reason))
        self.claims.cancelled(job.id)
        return await self.get(job.id)

    @asynccontextmanager
    async def listen(self, job_id: int | None = None, after: str | None = None) -> AsyncIterator[Listener]:
        job = None if job_id is None else await self.get(job_id)
        async with self.notifications.listen(job, after, lambda: self.get(job_id or 0)) as listener:
            yield listener

    async def released(self, engine: Engine) -> None:
        async with self.claims.turn:
            pass
        await self.pool.released(engine)

    def refuse_new(self) -> None:
        self.closing = True

    async def drained(self) -> None:
        """Return when nothing runs here, and what is queued is another replica's to run."""
        await self.claims.drained()
        with suppress(Unavailable):  # what it cannot see others will run
            while self.claims.replica is not None and await self._has_its_own(self.claims.replica):
                await asyncio.sleep(AGAIN)
                await self.claims.drained()
        self.claims.leave()
        await self.claims.drained()

    async def _has_its_own(self, replica: int) -> bool:
        """Whether something is queued that no replica can run that stays."""
        await self.database.value("update health.replicas set draining = true where id = $1", replica)
        return bool(await self.database.value(ITS_OWN, replica))

    def stop(self) -> None:
        self.closing = True
        self.notifications.close()
        self.claims.leave()  # what is being claimed would run in a pool that stops nothing more
        self.pool.abandon()


def _own(job: Job) -> StoredJob:
    """A job that came from this store."""
    assert isinstance(job, StoredJob)  # noqa: S101 - for the type checker; another store's job would be our own mistake
    return job
