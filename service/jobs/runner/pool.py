"""The pool: a bounded number of threads, each with its own session, that run jobs from a bounded queue.

Jobs that ask the same share one run.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from service.answers.answer import Answer
from service.answers.store import AnswerStore
from service.engine.protocol import Engine
from service.errors import ServiceError, Unavailable, without_frames
from service.jobs.job import State
from service.jobs.query import Query
from service.jobs.runner.in_flight import InFlight
from service.jobs.runner.local_job import LocalJob, Records
from service.jobs.runner.threads import Threads
from service.jobs.runner.worker import AGAIN, Outcome, Run, Worker
from service.settings import Settings

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds until the thread of a run that should have stopped is given up: DuckDB heeds an interrupt between its
functions, of which a single one may take hours."""

ENDED = "job %(job)d %(statistic)s %(state)s queued=%(queued).1fms running=%(running).1fms"
BAD = 500
"""From this status on it is the service that failed."""


class Pool:
    """Runs jobs. Its methods are for the event loop; what a thread learns is handed to the loop."""

    def __init__(self, settings: Settings, records: Records, answers: AnswerStore, in_flight: InFlight) -> None:
        self._time_limit = settings.jobs.time_limit
        self._records = records
        self._answers = answers
        self._loop = asyncio.get_running_loop()
        self._threads = Threads(settings.worker_threads, in_flight, self._work)
        self._runs: set[Run] = set()
        self._current: dict[str, Run] = {}
        self._run_of: dict[LocalJob, Run] = {}
        self._idle = asyncio.Event()
        self._abandoned = False

    def run(self, job: LocalJob, query: Query, *, fresh: bool = False) -> None:
        """Run a queued job, together with others of the same key, unless it must be `fresh`; may raise Unavailable."""
        run = self._current.get(job.key)
        if run is None or fresh:
            run = Run(query)
            self._threads.put(run)
            self._current[job.key] = run
            self._runs.add(run)
        run.jobs.append(job)
        self._run_of[job] = run
        if run.started_at is not None:
            self._records.start(job, time.time())

    def answered(self, job: LocalJob, answer: Answer, now: float) -> None:
        """A queued job whose answer is known ends at once."""
        self._records.start(job, now)
        self._finish(job, State.DONE, now, answer)

    def _work(self, worker: Worker, run: Run) -> None:
        """In a worker's thread, which never touches the run's jobs."""
        self._tell(self._start, worker, run, time.time())
        outcome = self._outcome(worker, run)
        self._tell(self._end, worker, run, time.time(), outcome)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits for a thread that was given up
            self._loop.call_soon_threadsafe(what, *arguments)

    def _outcome(self, worker: Worker, run: Run) -> Outcome | ServiceError:
        try:
            return worker.work(run)
        except ServiceError as error:
            return without_frames(error)
        except Exception as error:
            name = run.query.statistic.name
            log.exception("%s failed", name)
            return ServiceError(f"{name} failed: {type(error).__name__}; the log has the details")

    def _start(self, worker: Worker, run: Run, now: float) -> None:
        run.worker, run.started_at = worker, now
        if run.stopped:
            self._stop(run, run.stopped)
        for job in run.jobs:
            self._records.start(job, now)
        statistic = run.query.statistic
        limit = min(filter(None, (statistic.time_limit, self._time_limit)), default=None)
        if limit is not None:
            reason = f"{statistic.name} took longer than {limit:g} s; ask for less"
            run.timer = self._loop.call_later(limit, self._expire, run, ServiceError(reason, status=504))

    def _expire(self, run: Run, reason: ServiceError) -> None:
        """Its jobs end now, whatever its thread does."""
        if self._abandoned:
            return
        self._end_jobs(run, State.ERROR, time.time(), reason)
        self._stop(run, reason)

    def _stop(self, run: Run, reason: ServiceError) -> None:
        """Stop a run early; one that has not started never will."""
        run.stopped = reason
        self._drop(run)
        if run.worker:
            self._interrupt(run, run.worker, self._loop.time() + PATIENCE)

    def _interrupt(self, run: Run, worker: Worker, until: float) -> None:
        """Again and again until it stops, or until its thread is given up."""
        if self._abandoned or run not in self._runs:
            return
        if self._loop.time() < until:
            worker.interrupt()
            self._loop.call_later(AGAIN, self._interrupt, run, worker, until)
        else:
            self._threads.give_up(worker)
            self._forget(run)

    def _end(self, worker: Worker, run: Run, now: float, outcome: Outcome | ServiceError) -> None:
        if self._abandoned:
            return
        self._threads.has_returned(worker)
        if run.timer:
            run.timer.cancel()
        self._forget(run)
        if isinstance(outcome, Outcome):
            self._answers.add(outcome.answer, outcome.renderings)
            self._end_jobs(run, State.DONE, now, outcome.answer)
        else:
            self._end_jobs(run, State.ERROR, now, outcome)

    def _end_jobs(self, run: Run, state: State, now: float, ending: Answer | ServiceError) -> None:
        for job in run.jobs:
            del self._run_of[job]
            self._finish(job, state, now, ending)
        run.jobs.clear()

    def _drop(self, run: Run) -> None:
        """No more jobs may share the run."""
        if self._current.get(run.query.key) is run:
            del self._current[run.query.key]

    def _forget(self, run: Run) -> None:
        """The run has ended, or will never begin."""
        self._drop(run)
        self._runs.discard(run)
        self._idle.set()

    def _finish(self, job: LocalJob, state: State, now: float, ending: Answer | ServiceError) -> None:
        self._records.finish(job, state, now, ending)
        started = job.started_at or now
        text, what = ENDED, {"job": job.id, "statistic": job.statistic, "state": state}
        what |= {"queued": (started - job.submitted_at) * 1000, "running": (now - started) * 1000}
        if job.error:
            text, what["reason"] = f"{ENDED} reason=%(reason)r", job.error.reason
        failed = state is State.ERROR and job.error is not None and job.error.status >= BAD
        log.log(logging.ERROR if failed else logging.INFO, text, what, extra={"request_id": job.request_id})

    def cancel(self, job: LocalJob, reason: ServiceError) -> None:
        """End a pending job now; its run is stopped unless other jobs share it."""
        run = self._run_of.pop(job)
        run.jobs.remove(job)
        self._finish(job, State.CANCELLED, time.time(), reason)
        if not run.jobs:
            if run.begin():  # no worker had begun it, and none will
                self._forget(run)
            else:
                self._stop(run, reason)

    def progress(self, job: LocalJob) -> float | None:
        """How much of a running job is done, from 0 to 1; None when the engine does not know."""
        run = self._run_of.get(job)
        worker = run.worker if run else None
        return worker.progress() if worker and worker.run is run else None

    def figures(self) -> tuple[int, dict[str, int]]:
        """How many jobs run, of which some share a run, and what the threads do."""
        running = [run for run in self._runs if run.started_at is not None]
        return sum(len(run.jobs) for run in running), self._threads.figures(len(running))

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
        for run in self._runs:
            run.stopped = run.stopped or Unavailable("the service has ended")

    def close(self) -> None:
        self._threads.close()
