"""The pool: a bounded number of threads, each with its own session, that run jobs from a bounded queue.

Jobs that ask the same share one run.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from service.answers.answer import Answer
from service.answers.store import AnswerStore
from service.engine.protocol import Engine
from service.errors import ServiceError, Unavailable
from service.jobs.embedded.in_flight import InFlight
from service.jobs.embedded.job_table import JobTable
from service.jobs.embedded.table_job import TableJob
from service.jobs.embedded.worker import Outcome, Run, Worker
from service.jobs.job import State
from service.jobs.query import Query
from service.settings import Settings

log = logging.getLogger(__name__)

AGAIN = 0.05
"""Seconds until a statement that should stop is interrupted again: DuckDB forgets an interrupt that comes while it
prepares the statement."""


class Pool:
    """Runs jobs. Its methods are for the event loop; what a thread learns is handed to the loop."""

    def __init__(self, settings: Settings, table: JobTable, answers: AnswerStore, in_flight: InFlight) -> None:
        self._time_limit = settings.jobs.time_limit
        self._table = table
        self._answers = answers
        self._in_flight = in_flight
        self._loop = asyncio.get_running_loop()
        self._workers: list[Worker] = []
        self._numbers = itertools.count()
        self._thread = threading.local()
        self._executor = ThreadPoolExecutor(settings.worker_threads, "worker", self._begin_thread)
        self._runs: set[Run] = set()
        self._current: dict[str, Run] = {}
        self._run_of: dict[TableJob, Run] = {}
        self._idle = asyncio.Event()
        self._abandoned = False

    def _begin_thread(self) -> None:
        self._thread.worker = Worker(next(self._numbers), self._in_flight)
        self._workers.append(self._thread.worker)

    def run(self, job: TableJob, query: Query, *, fresh: bool = False) -> None:
        """Run a queued job, together with others of the same key, unless it must be `fresh`."""
        run = self._current.get(job.key)
        if run is None or fresh:
            run = self._current[job.key] = Run(query)
            self._runs.add(run)
            run.turn = self._executor.submit(self._work, run)
        run.jobs.append(job)
        self._run_of[job] = run
        if run.started_at is not None:
            self._table.start(job, time.time())

    def answered(self, job: TableJob, answer: Answer, now: float) -> None:
        """A queued job whose answer is known ends at once."""
        self._table.start(job, now)
        self._finish(job, State.DONE, now, answer)

    def _work(self, run: Run) -> None:
        """In a worker's thread, which never touches the run's jobs."""
        self._loop.call_soon_threadsafe(self._start, run, time.time())
        outcome = self._outcome(run)
        self._loop.call_soon_threadsafe(self._end, run, time.time(), outcome)

    def _outcome(self, run: Run) -> Outcome | ServiceError:
        worker: Worker = self._thread.worker
        try:
            return worker.work(run)
        except ServiceError as error:
            # Jobs keep the error; its frames would keep the session and the rows that it had fetched alive.
            error.__cause__ = error.__context__ = None
            return error.with_traceback(None)
        except Exception as error:
            name = run.query.statistic.name
            log.exception("%s failed", name)
            return ServiceError(f"{name} failed: {type(error).__name__}; the log has the details")

    def _start(self, run: Run, now: float) -> None:
        run.started_at = now
        if run.stopped:
            self._stop(run, run.stopped)
        for job in run.jobs:
            self._table.start(job, now)
        statistic = run.query.statistic
        limit = min(filter(None, (statistic.time_limit, self._time_limit)), default=None)
        if limit is not None:
            reason = f"{statistic.name} took longer than {limit:g} s; ask for less"
            run.timer = self._loop.call_later(limit, self._stop, run, ServiceError(reason, status=504))

    def _stop(self, run: Run, reason: ServiceError) -> None:
        """Stop a run early; one that has not started never will."""
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

    def _end(self, run: Run, now: float, outcome: Outcome | ServiceError) -> None:
        if self._abandoned:
            return
        if run.timer:
            run.timer.cancel()
        self._forget(run)
        state, ending = (State.ERROR, outcome) if isinstance(outcome, ServiceError) else (State.DONE, outcome.answer)
        if isinstance(outcome, Outcome):
            self._answers.add(outcome.answer, outcome.renderings)
        for job in run.jobs:
            del self._run_of[job]
            self._finish(job, state, now, ending)

    def _drop(self, run: Run) -> None:
        """No more jobs may share the run."""
        if self._current.get(run.query.key) is run:
            del self._current[run.query.key]

    def _forget(self, run: Run) -> None:
        """The run has ended, or will never begin."""
        self._drop(run)
        self._runs.discard(run)
        self._idle.set()

    def _finish(self, job: TableJob, state: State, now: float, ending: Answer | ServiceError) -> None:
        self._table.finish(job, state, now, ending)
        started = job.started_at or now
        log.info(
            "job %d %s %s queued=%.1fms running=%.1fms%s",
            job.id,
            job.statistic,
            state,
            (started - job.submitted_at) * 1000,
            (now - started) * 1000,
            f" reason={job.error.reason!r}" if job.error else "",
        )

    def cancel(self, job: TableJob, reason: ServiceError) -> None:
        """End a pending job now; its run is stopped unless other jobs share it."""
        run = self._run_of.pop(job)
        run.jobs.remove(job)
        self._finish(job, State.CANCELLED, time.time(), reason)
        if not run.jobs:
            if run.turn and run.turn.cancel():  # it had not begun
                self._forget(run)
            else:
                self._stop(run, reason)

    def progress(self, job: TableJob) -> float | None:
        """How much of a running job is done, from 0 to 1; None when the engine does not know."""
        run = self._run_of.get(job)
        return next((worker.progress() for worker in self._workers if run and worker.run is run), None)

    async def drained(self) -> None:
        """Return when no job is pending."""
        while self._runs:
            await self._until_idle()

    async def released(self, engine: Engine) -> None:
        """Return when no run needs the engine any more; nothing must be submitted to it."""
        while any(run.query.engine is engine for run in self._runs):
            await self._until_idle()

    async def _until_idle(self) -> None:
        self._idle.clear()
        await self._idle.wait()

    def abandon(self) -> None:
        """Stop at once: drop what is queued and interrupt what runs; with a journal the next process runs it again."""
        self._abandoned = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        for run in self._runs:
            run.stopped = run.stopped or Unavailable("the service has ended")

    def close(self) -> None:
        """Wait for the threads to end, then close their sessions."""
        ended = threading.Thread(target=self._executor.shutdown)
        ended.start()
        while ended.is_alive():
            self._interrupt()
            ended.join(AGAIN)
        for worker in self._workers:
            worker.close()
