"""The pool: a bounded number of threads, each with its own cursor, that run jobs from a bounded queue."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service.config import Settings
from service.engine import Engine, Session
from service.errors import ServiceError, Unavailable
from service.formats import json_answer
from service.jobs import Job, JobTable, State
from service.parameters import parse_arguments
from service.statistic import Statistic

log = logging.getLogger(__name__)


class Pool:
    """Runs jobs. Its methods are for the event loop; what a thread learns is handed to the loop."""

    def __init__(self, engine: Engine, table: JobTable, settings: Settings) -> None:
        self._engine = engine
        self._table = table
        self._max_pending = settings.workers.max_pending
        self._loop = asyncio.get_running_loop()
        self._sessions: list[Session] = []
        self._thread = threading.local()
        self._executor = ThreadPoolExecutor(settings.worker_threads, "worker", self._open_session)
        self._idle = asyncio.Event()
        self._idle.set()
        self.closing = False

    def _open_session(self) -> None:
        self._thread.session = self._engine.session()
        self._sessions.append(self._thread.session)

    def submit(self, statistic: Statistic, given: Mapping[str, Any]) -> Job:
        """A new job; raises BadRequest for the arguments, and Unavailable when the queue is full or closing."""
        if self.closing:
            raise Unavailable("the service is shutting down and takes no new jobs; ask again when it is back")
        arguments = parse_arguments(statistic.parameters, given)
        if self._table.pending >= self._max_pending:
            raise Unavailable(
                f"{self._table.pending} jobs are pending, which is the limit; ask again in a second",
                retry_after=1,
            )
        job = self._table.add(statistic, arguments, time.time())
        self._idle.clear()
        self._executor.submit(self._work, job, statistic, arguments)
        return job

    def _work(self, job: Job, statistic: Statistic, arguments: dict[str, Any]) -> None:
        """In a worker's thread: the job is only passed back, never touched."""
        self._hand_over(self._table.start, job, time.time())
        try:
            result = self._thread.session.run(statistic.name, statistic.sql, arguments)
            answer = json_answer(statistic, arguments, result)
        except ServiceError as error:
            self._hand_over(self._end, job, State.ERROR, time.time(), None, error)
        except Exception as error:
            log.exception("job %d: %s failed", job.id, statistic.name)
            fault = ServiceError(f"{statistic.name} failed: {type(error).__name__}; the log has the details")
            self._hand_over(self._end, job, State.ERROR, time.time(), None, fault)
        else:
            self._hand_over(self._end, job, State.DONE, time.time(), answer, None)

    def _hand_over(self, callback: Callable[..., None], *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(callback, *arguments)

    def _end(self, job: Job, state: State, now: float, answer: bytes | None, error: ServiceError | None) -> None:
        self._table.finish(job, state, now, answer=answer, error=error)
        if not self._table.pending:
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
        await self._idle.wait()

    def abandon(self) -> None:
        """Stop at once: drop what is queued and interrupt what runs."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        for session in self._sessions:
            session.interrupt()

    def close(self) -> None:
        """Wait for the threads to end, then close their cursors, so that the dataset can be closed."""
        self._executor.shutdown(wait=True)
        for session in self._sessions:
            session.close()
