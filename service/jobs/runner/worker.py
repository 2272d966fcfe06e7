"""A run, and the worker that does it, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Hashable, Mapping
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import NamedTuple

from service.answers.answer import Answer
from service.answers.store import Rendering
from service.engine.protocol import Engine, Interrupted, Session
from service.engine.result import Result
from service.errors import ServiceError
from service.formats.rendering import first_rendering
from service.jobs.query import Query
from service.jobs.runner.in_flight import InFlight
from service.jobs.runner.local_job import LocalJob

AGAIN = 0.05
"""Seconds until a statement that should stop is interrupted again: DuckDB forgets an interrupt that comes while it
prepares the statement."""


@dataclass(slots=True, eq=False)
class Run:
    """A query, run once for all its jobs. `stopped` is why it must end early; the event loop sets it."""

    query: Query
    jobs: list[LocalJob] = field(default_factory=list)
    started_at: float | None = None
    timer: asyncio.TimerHandle | None = None
    worker: Worker | None = None
    stopped: ServiceError | None = None
    context: Context = field(default_factory=copy_context)
    """Of the request that it was made for: whatever is logged meanwhile has its id."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> bool:
        """Whether it was still to be begun: by a worker, or by the event loop, which takes it back."""
        return self._turn.acquire(blocking=False)


class Outcome(NamedTuple):
    """An answer, and the renderings that were made along with it."""

    answer: Answer
    renderings: Mapping[Hashable, Rendering]


class Worker:
    """A thread's own: its number from 0, the session that its engine has opened for it, and what it runs now."""

    def __init__(self, number: int, in_flight: InFlight) -> None:
        self.number = number
        self._in_flight = in_flight
        self._engine: Engine | None = None
        self._session: Session | None = None
        self.run: Run | None = None

    def work(self, run: Run) -> Outcome:
        """Do a run; raises ServiceError. It never touches the run's jobs, which are the event loop's."""
        self._in_flight.set(self.number, run.query.key)
        try:
            answer = run.query.answer(self._result(run))
            renderings = first_rendering(answer)
            answer.result.release_rows()
            return Outcome(answer, renderings)
        finally:
            self._in_flight.clear(self.number)

    def _result(self, run: Run) -> Result:
        session, statistic = self._session_on(run.query.engine), run.query.statistic
        prepared = session.prepare(statistic.name, statistic.sql)
        self.run = run
        try:
            while not run.stopped:
                # An interrupt may come late and hit the next run: that one runs again.
                with suppress(Interrupted):
                    return session.run(prepared, run.query.arguments)
            raise run.stopped
        finally:
            self.run = None

    def _session_on(self, engine: Engine) -> Session:
        """After a reload the engine is another one; the old one closes its own sessions once no run needs it."""
        if self._session is None or self._engine is not engine:
            self._engine, self._session = engine, engine.session()
        return self._session

    def interrupt(self) -> None:
        """Stop the statement that runs now, if it should stop."""
        run = self.run
        if self._session and run and run.stopped:
            self._session.interrupt()

    def progress(self) -> float | None:
        return self._session.progress() if self._session else None

    def close(self) -> None:
        """Once its thread has ended. The session is dropped, since aiohttp keeps applications in memory."""
        session, self._session = self._session, None
        if session:
            session.close()
