"""The job store of this process: a table in memory, a pool of threads, and a journal on disk."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service.answers.answer import Answer
from service.answers.store import AnswerStore
from service.engine.protocol import Engine
from service.errors import ServiceError, Unavailable
from service.jobs.embedded.job_table import JobTable
from service.jobs.embedded.journal.disk_journal import DiskJournal
from service.jobs.embedded.journal.journal import Journal
from service.jobs.embedded.table_job import TableJob
from service.jobs.events import Events, Listener
from service.jobs.figures import Figures
from service.jobs.idempotency import Entry, IdempotencyKeys, KeyedRequest
from service.jobs.job import Job, State
from service.jobs.protocol import Filter, Listed, Submitted
from service.jobs.query import Query
from service.jobs.runner.pool import Pool


@dataclass(slots=True, eq=False, kw_only=True)
class EmbeddedStore:
    """A JobStore; its calls wait only for the journal."""

    table: JobTable
    pool: Pool
    answers: AnswerStore
    journal: Journal
    events: Events
    keys: IdempotencyKeys
    max_pending: int
    closing: bool = False

    @property
    def durable(self) -> bool:
        return isinstance(self.journal, DiskJournal)

    async def submit(self, query: Query, *, fresh: bool = False, keyed: KeyedRequest | None = None) -> Submitted:
        now = time.time()
        known = self.keys.find(keyed, now) if keyed else None
        if known is not None:
            job = self.table.get(known, now)
            await self.acknowledge(job)
            return Submitted(job, known=True)
        self.journal.require_writable()
        job = await self.begin(query, fresh=fresh)
        if keyed:
            entry = Entry(key=keyed.key, fingerprint=keyed.fingerprint, job=job.id, given_at=now)
            self.keys.add(entry)
            self.journal.keyed(entry)
        try:
            await self.acknowledge(job)
        except ServiceError as error:
            if keyed:
                self.keys.remove(keyed.key)
            if not job.finished:
                self.pool.cancel(job, error)
            raise
        return Submitted(job)

    async def begin(self, query: Query, *, fresh: bool = False) -> TableJob:
        if self.closing:
            raise Unavailable("the service is shutting down and accepts no new jobs; ask again when it is back")
        answer = None if fresh else self.answers.known(query.key)
        if answer is None and self.table.pending >= self.max_pending:
            raise Unavailable(
                f"{self.table.pending} jobs are pending, which is the limit; ask again in a second", retry_after=1
            )
        now = time.time()
        job = self.table.add(query.statistic.name, query.arguments, query.key, now)
        try:
            if answer is None:
                self.pool.run(job, query, fresh=fresh)
            else:
                self.pool.answered(job, answer, now)
        except Unavailable as error:
            self.table.finish(job, State.CANCELLED, now, error)
            raise
        return job

    async def acknowledge(self, job: Job) -> None:
        if acknowledgement := _own(job).acknowledgement:
            await acknowledgement.settled()

    async def known(self, key: str) -> Answer | None:
        return self.answers.known(key)

    async def get(self, job_id: int) -> Job:
        return self.table.get(job_id, time.time())

    async def find(self, wanted: Filter) -> Listed:
        return self.table.find(wanted, time.time())

    async def answer(self, job: Job) -> Answer | None:
        return _own(job).answer

    async def progress(self, job: Job) -> float | None:
        return self.pool.progress(_own(job))

    async def pending(self) -> int:
        return self.table.pending

    async def figures(self) -> Figures:
        (running, workers), answers = self.pool.figures(), self.answers
        kept = {"remembered": answers.remembered_bytes, "held": answers.held_bytes, "disk": answers.held_disk_bytes}
        return Figures(
            ended=self.table.ended,
            pending={State.QUEUED: self.table.pending - running, State.RUNNING: running},
            workers=workers,
            draining=self.closing,
            journal_fault=self.journal.fault,
            journal_lag=self.journal.lag(),
            answer_bytes=kept,
        )

    async def changed(self, job: Job, seconds: float) -> Job:
        if not job.finished:
            await _own(job).changed(seconds)
        return job

    async def ended(self, job: Job, seconds: float) -> Job:
        await _own(job).ended(seconds)
        return job

    async def cancel(self, job: Job, reason: ServiceError) -> Job:
        self.pool.cancel(_own(job), reason)
        await self.acknowledge(job)
        return job

    @asynccontextmanager
    async def listen(self, job_id: int | None = None, after: str | None = None) -> AsyncIterator[Listener]:
        job = None if job_id is None else await self.get(job_id)
        async with self.events.listen(job, after) as listener:
            yield listener

    async def released(self, engine: Engine) -> None:
        await self.pool.released(engine)

    def refuse_new(self) -> None:
        self.closing = True

    async def drained(self) -> None:
        await self.pool.drained()

    def stop(self) -> None:
        self.closing = True
        self.events.close()
        self.pool.abandon()


def _own(job: Job) -> TableJob:
    """A job that came from this store."""
    assert isinstance(job, TableJob)  # noqa: S101 - for the type checker; another store's job would be our own mistake
    return job
