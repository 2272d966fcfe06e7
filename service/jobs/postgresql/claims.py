"""The jobs that this replica has claimed: a claim takes no more than there are idle workers, and only what fits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from service.answers.answer import Answer
from service.errors import NotFound, ServiceError, Unavailable
from service.jobs.figures import Ended
from service.jobs.job import State
from service.jobs.postgresql.database import Database, notified
from service.jobs.postgresql.endings import Ending, Endings
from service.jobs.postgresql.shared_answers import SharedAnswers
from service.jobs.protocol import FindQuery, Fits
from service.jobs.runner.local_job import LocalJob
from service.jobs.runner.pool import Pool
from service.jobs.stored import arguments_of

log = logging.getLogger(__name__)

CLAIM = f"""
with next as (
    select id
    from health.jobs
    where
        state = 'queued'
        and fits = any($1::text[])
        and (
            fresh
            or not exists (
                select 1 from health.jobs as same where same.state = 'running' and same.key = jobs.key
            )
        )
    order by id
    limit $2
    for update skip locked
),
claimed as (
    update health.jobs
    set state = 'running', replica = $3, started_at = $4, unfit_since = null
    from next
    where jobs.id = next.id
    returning jobs.*
),
notified as ({notified("claimed")})
select
    claimed.*,
    (
        select max(answers.id)
        from health.answers
        where answers.key = claimed.key and not claimed.fresh
    ) as known,
    (select count(*) from notified)
from claimed
order by claimed.id
"""
"""A job whose like is running waits for that one's answer; `known` is an answer that has come since the submission."""
GIVE_BACK = f"""
with given as (
    update health.jobs
    set state = 'queued', replica = null, started_at = null
    where state = 'running' and replica = $1 and ($2::bigint[] is null or id = any($2))
    returning id, state
)
{notified("given")}
"""


class Claims:
    """For the event loop. The pool's records: what ends is written together with what else ends meanwhile."""

    def __init__(
        self, database: Database, shared: SharedAnswers, workers: int, find_query: FindQuery, fits: Fits
    ) -> None:
        self._database = database
        self._workers = workers
        self._find_query = find_query
        self._fits = fits
        self.pool: Pool
        """Set once it is there, since it is given these records."""
        self.replica: int | None = None
        """This process's number among the replicas; None while it is none of them."""
        self.mine: dict[int, LocalJob] = {}
        """Claimed, and not yet known to be written as ended."""
        self.ended = Ended()
        self._endings = Endings(database, shared, lambda: self.replica)
        self._writing: set[asyncio.Task[None]] = set()
        self._wanted = asyncio.Event()
        self.turn = asyncio.Lock()
        """Held while a claim is made, so that whoever holds it knows all that is claimed."""
        self._cancelled: set[int] = set()
        """While a claim is made: a job may be cancelled before its row has come, since the others know of it sooner."""
        self._claiming = asyncio.ensure_future(self._claim_all())
        self._leaving = False
        self._idle = asyncio.Event()

    def look(self) -> None:
        """There may be something to claim."""
        self._wanted.set()

    @property
    def _free(self) -> int:
        return 0 if self._leaving else self._workers - sum(not job.finished for job in self.mine.values())

    async def _claim_all(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                while self.replica is not None and self._free > 0 and await self._claim(self.replica):
                    pass
            except Unavailable as error:
                log.warning("no job can be claimed: %s", error.reason)  # the replica's next look tries again
            except Exception:  # a replica that claims no more would go unnoticed
                log.exception("no job can be claimed")

    async def _claim(self, replica: int) -> int:
        """How many jobs were claimed."""
        async with self.turn:
            self._cancelled.clear()
            rows = await self._database.rows(CLAIM, list(self._fits().values()), self._free, replica, time.time())
            for row in rows:
                is_ours = self.replica == replica and not self._leaving  # else it has been, or will be, given back
                if is_ours and row["id"] not in self._cancelled:
                    self._run(row)
            return len(rows)

    def _run(self, row: Mapping[str, Any]) -> None:
        now = time.time()
        job = LocalJob(
            id=row["id"],
            statistic=row["statistic"],
            arguments=arguments_of(row["arguments"]),
            key=row["key"],
            submitted_at=row["submitted_at"],
            request_id=row["request_id"],
            crashes=row["crashes"],
        )
        self.mine[job.id] = job
        if row["known"] is not None:
            self.start(job, now)
            self._end(Ending(job, State.DONE, known=row["known"]), now)
            return
        try:
            query = self._find_query(job.statistic, job.arguments)
            if query.fits != row["fits"]:
                raise NotFound(f"{job.statistic} has changed")
        except ServiceError:  # what it fits is loaded no more: a reload came between
            self._begin(self._give_back([self.mine.pop(job.id).id]))
            return
        try:
            self.pool.run(job, query, fresh=row["fresh"])
        except Unavailable as error:
            self.start(job, now)
            self.finish(job, State.ERROR, now, error)

    async def _give_back(self, jobs: list[int] | None) -> None:
        if self.replica is not None:
            await self._database.value(GIVE_BACK, self.replica, jobs)

    def start(self, job: LocalJob, now: float) -> None:
        job.state, job.started_at = State.RUNNING, now

    def finish(self, job: LocalJob, state: State, now: float, ending: Answer | ServiceError | None = None) -> None:
        """Jobs that are not this replica's any more end here alone."""
        error = ending if isinstance(ending, ServiceError) else None
        answer = ending if isinstance(ending, Answer) else None
        self._end(Ending(job, state, answer=answer, error=error), now)

    def _end(self, ending: Ending, now: float) -> None:
        job = ending.job
        job.state, job.finished_at, job.error = ending.state, now, ending.error
        if self.mine.get(job.id) is job:
            self.ended.add(job, now)
            self._begin(self._record(ending))
        self.look()

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._writing.add(task)
        task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("the end of a job could not be written: %s; it runs again", error)
        self._idle.set()

    async def _record(self, ending: Ending) -> None:
        try:
            await self._endings.write(ending)
        finally:
            if self.mine.get(ending.job.id) is ending.job:
                del self.mine[ending.job.id]
            self.look()  # those that ask the same have waited for it

    def cancelled(self, job_id: int) -> None:
        """The job has been cancelled, here or elsewhere."""
        job = self.mine.pop(job_id, None)
        if job is None and self.turn.locked():
            self._cancelled.add(job_id)
        if job is not None and not job.finished:
            self.pool.cancel(job, ServiceError("the job was cancelled", status=409))

    def give_up(self) -> None:
        """This process is a replica no more: others run its jobs."""
        self.replica = None
        for job_id in list(self.mine):
            self.cancelled(job_id)

    def leave(self) -> None:
        """Claim nothing more."""
        self._leaving = True

    async def drained(self) -> None:
        """Return when nothing that was claimed is left."""
        async with self.turn:
            pass
        while self.mine or self._writing:
            self._idle.clear()
            await self._idle.wait()

    async def close(self) -> None:
        """Give back what has not ended, so that another replica, or the next start, runs it."""
        self._leaving = True
        async with self.turn:  # not amid a claim, whose jobs would be nobody's
            self._claiming.cancel()
        await self._endings.settled()
        try:
            await self._give_back(None)
        except Unavailable:
            log.warning("what was running is taken over by another replica")
