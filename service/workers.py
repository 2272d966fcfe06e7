"""The pool: a bounded number of threads, each with its own cursor, that run jobs from a bounded queue."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from service.config import Settings
from service.engine import Engine, Interrupted, Session
from service.errors import ServiceError, Unavailable
from service.formats import json_answer
from service.jobs import Job, JobTable, State
from service.parameters import parse_arguments
from service.results import Result
from service.statistic import Statistic

log = logging.getLogger(__name__)

AGAIN = 0.05
"""Seconds until a statement that should stop is interrupted again: DuckDB forgets an interrupt that comes while it
prepares the statement."""


@dataclass(slots=True, eq=False)
class Task:
    """What a worker gets of a job. `stopped` is why it must end before its time; the event loop sets it."""

    engine: Engine
    statistic: Statistic
    arguments: dict[str, Any]
    stopped: ServiceError | None = None


@dataclass(slots=True)
class Worker:
    """A thread's own: the session it has open, on which engine, and what it runs."""

    engine: Engine | None = None
    session: Session | None = None
    task: Task | None = None


class Pool:
    """Runs jobs. Its methods are for the event loop; what a thread learns is handed to the loop."""

    def __init__(self, table: JobTable, settings: Settings) -> None:
        self._table = table
        self._max_pending = settings.workers.max_pending
        self._loop = asyncio.get_running_loop()
        self._workers: list[Worker] = []
        self._thread = threading.local()
        self._executor = ThreadPoolExecutor(settings.worker_threads, "worker", self._begin_thread)
        self._tasks: set[Task] = set()
        self._idle = asyncio.Event()
        self.closing = False

    def _begin_thread(self) -> None:
        self._thread.worker = Worker()
        self._workers.append(self._thread.worker)

    def submit(self, engine: Engine, statistic: Statistic, given: Mapping[str, Any]) -> Job:
        """A new job; raises BadRequest for the arguments, and Unavailable when the queue is full or closing."""
        if self.closing:
            raise Unavailable("the service is shutting down and takes no new jobs; ask again when it is back")
        arguments = parse_arguments(statistic.parameters, given)
        if self._table.pending >= self._max_pending:
            raise Unavailable(
                f"{self._table.pending} jobs are pending, which is the limit; ask again in a second", retry_after=1
            )
        job = self._table.add(statistic, arguments, time.time())
        task = Task(engine, statistic, arguments)
        self._tasks.add(task)
        self._executor.submit(self._work, job, task)
        return job

    def _work(self, job: Job, task: Task) -> None:
        """In a worker's thread: the job is only passed back, never touched."""
        self._hand_over(self._start, job, task, time.time())
        statistic = task.statistic
        try:
            answer = json_answer(statistic, task.arguments, self._run(task))
        except ServiceError as error:
            self._hand_over(self._end, job, task, State.ERROR, time.time(), error)
        except Exception as error:
            log.exception("job %d: %s failed", job.id, statistic.name)
            fault = ServiceError(f"{statistic.name} failed: {type(error).__name__}; the log has the details")
            self._hand_over(self._end, job, task, State.ERROR, time.time(), fault)
        else:
            self._hand_over(self._end, job, task, State.DONE, time.time(), answer)

    def _run(self, task: Task) -> Result:
        worker: Worker = self._thread.worker
        session = self._session(worker, task.engine)
        worker.task = task
        try:
            while not task.stopped:
                # An interrupt may come late and hit the next task: that one runs again.
                with suppress(Interrupted):
                    return session.run(task.statistic.name, task.statistic.sql, task.arguments)
            raise task.stopped
        finally:
            worker.task = None

    def _session(self, worker: Worker, engine: Engine) -> Session:
        """The thread's session; a reloaded dataset has another engine, and the old session is given back."""
        if worker.session is None or worker.engine is not engine:
            old, worker.session, worker.engine = worker.session, engine.session(), engine
            if old:
                old.close()
        return worker.session

    def _hand_over(self, callback: Callable[..., None], *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(callback, *arguments)

    def _start(self, job: Job, task: Task, now: float) -> None:
        self._table.start(job, now)
        limit = job.statistic.time_limit
        if limit is not None:
            reason = f"{job.statistic.name} took longer than {limit:g} s; ask for less"
            timer = self._loop.call_later(limit, self._stop, task, ServiceError(reason, status=504))
            job.ended.add_done_callback(lambda _: timer.cancel())

    def _stop(self, task: Task, reason: ServiceError) -> None:
        """End a task before its time."""
        task.stopped = reason
        self._interrupt()
        if task in self._tasks:
            self._loop.call_later(AGAIN, self._stop, task, reason)

    def _interrupt(self) -> None:
        """Interrupt every worker whose task should have stopped."""
        for worker in self._workers:
            task = worker.task
            if task and task.stopped and worker.session:
                worker.session.interrupt()

    def _end(self, job: Job, task: Task, state: State, now: float, outcome: bytes | ServiceError) -> None:
        answer, error = (None, outcome) if isinstance(outcome, ServiceError) else (outcome, None)
        self._table.finish(job, state, now, answer=answer, error=error)
        self._tasks.discard(task)
        self._idle.set()
        started = job.started_at or now
        log.info(
            "job %d %s %s queued=%.1fms running=%.1fms%s",
            job.id,
            job.statistic.name,
            state,
            (started - job.submitted_at) * 1000,
            (now - started) * 1000,
            f" reason={error.reason!r}" if error else "",
        )

    async def drained(self) -> None:
        """Return when no job is pending."""
        while self._tasks:
            await self._until_idle()

    async def released(self, engine: Engine) -> None:
        """Return when no job needs the engine and no session on it is open; nothing must be submitted to it."""
        while any(task.engine is engine for task in self._tasks):
            await self._until_idle()
        for worker in self._workers:
            if worker.engine is engine and worker.session:
                worker.session.close()

    async def _until_idle(self) -> None:
        self._idle.clear()
        await self._idle.wait()

    def abandon(self) -> None:
        """Stop at once: drop what is queued and interrupt what runs."""
        self.closing = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        for task in self._tasks:
            task.stopped = task.stopped or Unavailable("the service has ended")

    def close(self) -> None:
        """Wait for the threads to end, then close their cursors, so that the dataset can be closed."""
        ended = threading.Thread(target=self._executor.shutdown)
        ended.start()
        while ended.is_alive():
            self._interrupt()
            ended.join(AGAIN)
        for worker in self._workers:
            if worker.session:
                worker.session.close()
