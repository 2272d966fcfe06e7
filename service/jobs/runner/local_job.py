"""A job with what only the process that runs it knows about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from service.answers.answer import Answer
from service.errors import ServiceError
from service.jobs.job import Job, State


@dataclass(slots=True, eq=False, kw_only=True)
class LocalJob(Job):
    answer: Answer | None = None
    request_id: str = ""
    """Of the request that it came with, for the log."""
    crashes: int = 0
    """How often a process crashed while the job was running."""


class Records(Protocol):
    """Where the pool records what becomes of the jobs that it was given."""

    def start(self, job: Any, now: float) -> None:
        """A worker has taken the job."""

    def finish(self, job: Any, state: State, now: float, ending: Answer | ServiceError | None = None) -> None:
        """The job has ended, with an answer or an error."""
