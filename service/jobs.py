"""The job table. Only the event loop changes it, so it has no locks.

    queued → running → done | error | cancelled        (queued → cancelled too)

An id is given once and never again. What is kept of finished jobs is bounded by number, age and bytes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from service.config import Jobs as Limits
from service.errors import NotFound, ServiceError
from service.statistic import Statistic


class State(StrEnum):
    """What a job may be."""

    QUEUED = "queued"
    """Acknowledged; waits for a worker."""
    RUNNING = "running"
    """A worker has it."""
    DONE = "done"
    """Its answer is there."""
    ERROR = "error"
    """It ended with a reason instead of an answer."""
    CANCELLED = "cancelled"
    """It was stopped before its end."""


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: frozenset({State.DONE, State.ERROR, State.CANCELLED}),
    State.DONE: frozenset(),
    State.ERROR: frozenset(),
    State.CANCELLED: frozenset(),
}


@dataclass(slots=True, eq=False)
class Job:
    """One statistic with arguments. Times are seconds since 1970; `answer` is the finished JSON as bytes."""

    id: int
    statistic: Statistic
    arguments: Mapping[str, Any]
    submitted_at: float
    ended: asyncio.Future[None]
    state: State = State.QUEUED
    started_at: float | None = None
    finished_at: float | None = None
    answer: bytes | None = None
    error: ServiceError | None = field(default=None)

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return not TRANSITIONS[self.state]

    def describe(self) -> dict[str, Any]:
        """The job for JSON; times in UTC."""
        described: dict[str, Any] = {
            "job_id": self.id,
            "status": self.state,
            "statistic": self.statistic.name,
            "arguments": self.arguments,
            "submitted_at": iso(self.submitted_at),
        }
        if self.started_at is not None:
            described["started_at"] = iso(self.started_at)
        if self.finished_at is not None:
            described["finished_at"] = iso(self.finished_at)
        if self.error is not None:
            described["reason"] = self.error.reason
        return described


class JobTable:
    """Every job that is pending, and those finished ones that the limits let it keep, oldest first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._jobs: dict[int, Job] = {}
        self._finished: deque[Job] = deque()
        self._bytes = 0
        self._last_id = 0
        self.pending = 0

    def add(self, statistic: Statistic, arguments: Mapping[str, Any], now: float) -> Job:
        """A new job, queued, with the next id."""
        self._last_id += 1
        ended = asyncio.get_running_loop().create_future()
        job = Job(self._last_id, statistic, arguments, now, ended)
        self._jobs[job.id] = job
        self.pending += 1
        return job

    def start(self, job: Job, now: float) -> None:
        """A worker has taken the job."""
        self._move(job, State.RUNNING)
        job.started_at = now

    def finish(
        self,
        job: Job,
        state: State,
        now: float,
        *,
        answer: bytes | None = None,
        error: ServiceError | None = None,
    ) -> None:
        """The job has ended, with an answer or an error."""
        self._move(job, state)
        job.finished_at, job.answer, job.error = now, answer, error
        self.pending -= 1
        self._bytes += len(answer or b"")
        self._finished.append(job)
        self.forget(now)
        job.ended.set_result(None)

    def _move(self, job: Job, state: State) -> None:
        if state not in TRANSITIONS[job.state]:
            raise AssertionError(f"job {job.id} is {job.state} and cannot become {state}")
        job.state = state

    def forget(self, now: float) -> None:
        """Drop the oldest finished jobs that are over the limits."""
        oldest = now - self._limits.keep_seconds
        while self._finished and (
            len(self._finished) > self._limits.keep
            or self._bytes > self._limits.keep_bytes
            or (self._finished[0].finished_at or 0.0) < oldest
        ):
            job = self._finished.popleft()
            self._bytes -= len(job.answer or b"")
            del self._jobs[job.id]

    def get(self, job_id: int, now: float) -> Job:
        """The job of an id; raises NotFound, with status 410 when there was one that has gone."""
        self.forget(now)
        if job_id in self._jobs:
            return self._jobs[job_id]
        if 0 < job_id <= self._last_id:
            raise NotFound(
                f"job {job_id} has gone: finished jobs are kept for {self._limits.keep_seconds:g} s, and at most "
                f"{self._limits.keep} of them; ask again with a new job",
                status=410,
                job_id=job_id,
            )
        raise NotFound(f"there is no job {job_id}; the newest is {self._last_id}", job_id=job_id)

    def all(self, now: float) -> Iterator[Job]:
        """Every job, newest last."""
        self.forget(now)
        return iter(self._jobs.values())


def iso(seconds: float) -> str:
    """A time in UTC, ISO 8601, with milliseconds and a Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
