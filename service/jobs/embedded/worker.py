"""A run, and the worker that does it, in a thread of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from service.answers.answer import Answer, make_answer
from service.engine.protocol import Engine, Interrupted, Session
from service.engine.result import Result
from service.errors import ServiceError
from service.formats import FORMATS, render
from service.jobs.embedded.in_flight import Marks
from service.jobs.job import Job
from service.statistics.statistic import Statistic


@dataclass(slots=True, eq=False)
class Run:
    """A statistic with arguments, run once for all jobs that ask for it.

    `stopped` is why it must end before its time; the event loop sets it.
    """

    engine: Engine
    statistic: Statistic
    arguments: dict[str, Any]
    key: str
    jobs: list[Job] = field(default_factory=list)
    started_at: float | None = None
    timer: asyncio.TimerHandle | None = None
    turn: Future[None] | None = None
    """Of the threads' queue."""
    stopped: ServiceError | None = None


class Worker:
    """A thread's own: its number from 0, the session it has open, and what it runs now."""

    def __init__(self, number: int, marks: Marks | None) -> None:
        self._number = number
        self._marks = marks
        self._engine: Engine | None = None
        self._session: Session | None = None
        self.run: Run | None = None

    def answer(self, run: Run) -> Answer:
        """Do a run; raises ServiceError. It never touches the run's jobs, which are the event loop's."""
        if self._marks:
            self._marks.set(self._number, run.key)
        try:
            result = self._result(run)
            answer = make_answer(run.key, run.statistic, run.arguments, run.engine.facts, result)
            if result.file is None:
                # The form that most ask for; of a long answer, forms are made when they are asked for.
                render(answer, FORMATS["json"])
                result.release_rows()
            return answer
        finally:
            if self._marks:
                self._marks.clear(self._number)

    def _result(self, run: Run) -> Result:
        session = self._open(run.engine)
        prepared = session.prepare(run.statistic.name, run.statistic.sql)
        self.run = run
        try:
            while not run.stopped:
                # An interrupt may come late and hit the next run: that one runs again.
                with suppress(Interrupted):
                    return session.run(prepared, run.arguments)
            raise run.stopped
        finally:
            self.run = None

    def _open(self, engine: Engine) -> Session:
        """The session; a reloaded dataset has another engine, and the old session is given back."""
        if self._session is None or self._engine is not engine:
            old, self._session, self._engine = self._session, engine.session(), engine
            if old:
                old.close()
        return self._session

    def interrupt(self) -> None:
        """Stop the statement that runs now."""
        if self._session:
            self._session.interrupt()

    def progress(self) -> float | None:
        """How much of what runs now is done, from 0 to 1."""
        return self._session.progress() if self._session else None

    def uses(self, engine: Engine) -> bool:
        """Whether its session is on the engine."""
        return self._engine is engine

    def close(self) -> None:
        """Give the session back; not while it runs."""
        if self._session:
            self._session.close()
