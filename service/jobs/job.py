"""A job and its states.

queued → running → done | error | cancelled        (queued → cancelled too)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.encoding import iso
from service.errors import ServiceError


class State(StrEnum):
    QUEUED = "queued"
    """Acknowledged; waits for a worker."""
    RUNNING = "running"
    DONE = "done"
    """Its answer is there."""
    ERROR = "error"
    """It ended with a reason instead of an answer."""
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: frozenset({State.DONE, State.ERROR, State.CANCELLED}),
    State.DONE: frozenset(),
    State.ERROR: frozenset(),
    State.CANCELLED: frozenset(),
}


@dataclass(slots=True, eq=False, kw_only=True)
class Job:
    """One statistic with arguments. Times are seconds since 1970."""

    id: int
    statistic: str
    arguments: Mapping[str, Any]
    key: str
    """The same for jobs with the same SQL, arguments and dataset."""
    submitted_at: float
    state: State = State.QUEUED
    started_at: float | None = None
    finished_at: float | None = None
    rows: int | None = None
    """Of its answer."""
    dataset: str | None = None
    """The version of the table that its answer came from,"""
    sample: bool | None = None
    """and whether that is a modelled sample."""
    error: ServiceError | None = None

    @property
    def finished(self) -> bool:
        return not TRANSITIONS[self.state]

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
        if self.rows is not None:
            described["rows"] = self.rows
        if self.dataset is not None:
            described |= {"dataset": self.dataset, "sample": self.sample}
        if self.error is not None:
            described["reason"] = self.error.reason
        return described
