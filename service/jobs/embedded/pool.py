"""The pool: a bounded number of threads, each with its own cursor, that run jobs from a bounded queue.

Jobs that ask the same share one run.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service.answers.answer import Answer, key_of
from service.answers.store import Cache
from service.engine.protocol import Engine
from service.errors import ServiceError, Unavailable
from service.jobs.embedded.in_flight import Marks
from service.jobs.embedded.table import JobTable
from service.jobs.embedded.worker import Run, Worker
from service.jobs.job import Job, State
from service.settings import Settings
from service.statistics.parameters import parse_arguments
from service.statistics.statistic import Statistic

log = logging.getLogger(__name__)

AGAIN = 0.05
"""Seconds until a statement that should stop is interrupted again: DuckDB forgets an interrupt that comes while it
prepares the statement."""


class Pool:
    """Runs jobs. Its methods are for the event loop; what a thread learns is handed to the loop."""

    def __init__(self, table: JobTable, settings: Settings, marks: Marks | None = None) -> None:
        self._table = table
        self._max_pending = settings.workers.max_pending
        self._time_limit = settings.jobs.time_limit
        self._marks = marks
        self._loop = asyncio.get_running_loop()
        self._workers: list[Worker] = []
        self._numbers = itertools.count()
        self._thread = threading.local()
        self._executor = ThreadPoolExecutor(settings.worker_threads, "worker", self._begin_thread)
        self._runs: set[Run] = set()
        self._current: dict[str, Run] = {}
        self._run_of: dict[Job, Run] = {}
        self._idle = asyncio.Event()
        self._abandoned = False
        self.cache = Cache(settings.cache.bytes)
        self.closing = False

    def _begin_thread(self) -> None:
        self._thread.worker = Worker(next(self._numbers), self._marks)
        self._workers.append(self._thread.worker)

    def submit(self, engine: Engine, statistic: Statistic, given: Mapping[str, Any], *, fresh: bool = False) -> Job:
        """A new job; one whose answer is known has ended already, unless it must be `fresh`.

        Raises BadRequest for the arguments, and Unavailable when the queue is full or closing.
        """
        if self.closing:
            raise Unavailable("the service is shutting down and takes no new jobs; ask again when it is back")
        arguments = parse_arguments(statistic.parameters, given)
        key = key_of(statistic, arguments, engine.facts)
        known = None if fresh else self.cache.get(key)
        if known is None and self._table.pending >= self._max_pending:
            raise Unavailable(
                f"{self._table.pending} jobs are pending, which is the limit; ask again in a second", retry_after=1
            )
        now = time.time()
        job = self._table.add(statistic.name, arguments, key, now)
        if known is None:
            self._run(job, engine, statistic, fresh=fresh)
        else:
            self._table.start(job, now)
            self._finish(job, State.DONE, now, answer=known)
        return job

    def find(self, engine: Engine, statistic: Statistic, given: Mapping[str, Any]) -> Answer | None:
        """The answer that is known already, if any; raises BadRequest for the arguments."""
        arguments = parse_arguments(statistic.parameters, given)
        return self.cache.get(key_of(statistic, arguments, engine.facts))

    def prepare(self, job: Job, engine: Engine, statistic: Statistic) -> None:
        """Make a job of an earlier process fit this one; raises BadRequest when its arguments cannot be used."""
        job.arguments = parse_arguments(statistic.parameters, job.arguments)
        job.key = key_of(statistic, job.arguments, engine.facts)

    def resume(self, job: Job, engine: Engine, statistic: Statistic) -> None:
        """Run a prepared job."""
        self._run(job, engine, statistic)

    def _run(self, job: Job, engine: Engine, statistic: Statistic, *, fresh: bool = False) -> None:
        run = self._current.get(job.key)
        if run is None or fresh:
            run = self._current[job.key] = Run(engine, statistic, dict(job.arguments), job.key)
            self._runs.add(run)
            run.turn = self._executor.submit(self._work, run)
        run.jobs.append(job)
        self._run_of[job] = run
        if run.started_at is not None:
            self._table.start(job, time.time())

    def _work(self, run: Run) -> None:
        """In a worker's thread: the run's jobs are never touched."""
        self._hand_over(self._start, run, time.time())
        try:
            answer = self._thread.worker.answer(run)
        except ServiceError as error:
            self._hand_over(self._end, run, time.time(), error)
        except Exception as error:
            log.exception("%s failed", run.statistic.name)
            fault = ServiceError(f"{run.statistic.name} failed: {type(error).__name__}; the log has the details")
            self._hand_over(self._end, run, time.time(), fault)
        else:
            self._hand_over(self._end, run, time.time(), answer)

    def _hand_over(self, callback: Callable[..., None], *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(callback, *arguments)

    def _start(self, run: Run, now: float) -> None:
        run.started_at = now
        if run.stopped:
            self._stop(run, run.stopped)
        for job in run.jobs:
            self._table.start(job, now)
        limit = min(seconds for seconds in (run.statistic.time_limit, self._time_limit, float("inf")) if seconds)
        if limit != float("inf"):
            reason = f"{run.statistic.name} took longer than {limit:g} s; ask for less"
            run.timer = self._loop.call_later(limit, self._stop, run, ServiceError(reason, status=504))

    def _stop(self, run: Run, reason: ServiceError) -> None:
        """End a run before its time; one that has not started is never begun."""
        run.stopped = reason
        self._drop(run)
        self._interrupt()
        if run in self._runs and run.started_at is not None:
            self._loop.call_later(AGAIN, self._stop, run, reason)

    def _interrupt(self) -> None:
        """Interrupt every worker whose run should have stopped."""
        for worker in self._workers:
            run = worker.run
            if run and run.stopped:
                worker.interrupt()

    def _end(self, run: Run, now: float, outcome: Answer | ServiceError) -> None:
        if self._abandoned:
            return
        if run.timer:
            run.timer.cancel()
        self._drop(run)
        self._runs.discard(run)
        if isinstance(outcome, Answer):
            self.cache.put(outcome)
        for job in run.jobs:
            del self._run_of[job]
            if isinstance(outcome, Answer):
                self._finish(job, State.DONE, now, answer=outcome)
            else:
                self._finish(job, State.ERROR, now, error=outcome)
        self._idle.set()

    def _drop(self, run: Run) -> None:
        """No more jobs may share the run."""
        if self._current.get(run.key) is run:
            del self._current[run.key]

    def _finish(
        self, job: Job, state: State, now: float, *, answer: Answer | None = None, error: ServiceError | None = None
    ) -> None:
        self._table.finish(job, state, now, answer=answer, error=error)
        started = job.started_at or now
        log.info(
            "job %d %s %s queued=%.1fms running=%.1fms%s",
            job.id,
            job.statistic,
            state,
            (started - job.submitted_at) * 1000,
            (now - started) * 1000,
            f" reason={error.reason!r}" if error else "",
        )

    def cancel(self, job: Job, reason: ServiceError) -> None:
        """End a pending job now; what it ran is stopped unless other jobs share it."""
        run = self._run_of.pop(job)
        run.jobs.remove(job)
        self._finish(job, State.CANCELLED, time.time(), error=reason)
        if not run.jobs:
            if run.turn and run.turn.cancel():  # it had not begun
                self._drop(run)
                self._runs.discard(run)
                self._idle.set()
            else:
                self._stop(run, reason)

    def progress(self, job: Job) -> float | None:
        """How much of a running job is done, from 0 to 1; None when DuckDB cannot tell."""
        run = self._run_of.get(job)
        return next((worker.progress() for worker in self._workers if run and worker.run is run), None)

    async def drained(self) -> None:
        """Return when no job is pending."""
        while self._runs:
            await self._until_idle()

    async def released(self, engine: Engine) -> None:
        """Return when no job needs the engine and no session on it is open; nothing must be submitted to it."""
        while any(run.engine is engine for run in self._runs):
            await self._until_idle()
        for worker in self._workers:
            if worker.uses(engine):
                worker.close()

    async def _until_idle(self) -> None:
        self._idle.clear()
        await self._idle.wait()

    def abandon(self) -> None:
        """Stop at once: drop what is queued and interrupt what runs; with a journal the next process runs it again."""
        self.closing = self._abandoned = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        for run in self._runs:
            run.stopped = run.stopped or Unavailable("the service has ended")

    def close(self) -> None:
        """Wait for the threads to end, then close their cursors, so that the dataset can be closed."""
        ended = threading.Thread(target=self._executor.shutdown)
        ended.start()
        while ended.is_alive():
            self._interrupt()
            ended.join(AGAIN)
        for worker in self._workers:
            worker.close()
