"""A job and its states.

queued → running → done | error | cancelled        (queued → cancelled too)
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.answers.answer import Answer, iso
from service.errors import ServiceError
from service.jobs.durability import Receipt


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
    """One statistic with arguments. Times are seconds since 1970."""

    id: int
    statistic: str
    arguments: Mapping[str, Any]
    key: str
    """Jobs of the same key ask the same: the same SQL, arguments and dataset."""
    submitted_at: float
    state: State = State.QUEUED
    started_at: float | None = None
    finished_at: float | None = None
    answer: Answer | None = None
    error: ServiceError | None = None
    crashes: int = 0
    """How often the process crashed while the job was running."""
    saved: Receipt | None = None
    """Of the journal; None without one."""
    change: asyncio.Future[None] | None = None
    end: asyncio.Future[None] | None = None
    """Both are there when somebody waits for them."""

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return not TRANSITIONS[self.state]

    def next_change(self) -> asyncio.Future[None]:
        """Done when the state has changed."""
        if self.change is None:
            self.change = asyncio.get_running_loop().create_future()
        return self.change

    async def ended(self, wait: float) -> bool:
        """Return when the job has finished, or after so many seconds; whether it has."""
        if wait and not self.finished:
            if self.end is None:
                self.end = asyncio.get_running_loop().create_future()
            await asyncio.wait([self.end], timeout=wait)
        return self.finished

    def acceptance(self) -> dict[str, Any]:
        """The job as it was accepted, for JSON."""
        return {
            "job_id": self.id,
            "status": State.QUEUED,
            "statistic": self.statistic,
            "arguments": self.arguments,
            "submitted_at": iso(self.submitted_at),
        }

    def describe(self) -> dict[str, Any]:
        """The job as it is, for JSON; times in UTC."""
        described = {**self.acceptance(), "status": self.state}
        if self.started_at is not None:
            described["started_at"] = iso(self.started_at)
        if self.finished_at is not None:
            described["finished_at"] = iso(self.finished_at)
        if self.answer is not None:
            described["rows"] = self.answer.result.length
        if self.error is not None:
            described["reason"] = self.error.reason
        return described
