"""The interface of a job store: it accepts jobs, keeps them, and finishes or reports every acknowledged one.

Nothing above it knows whether jobs live in this process or elsewhere, so every call may wait.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol

from service.answers.answer import Answer
from service.answers.store import AnswerStore
from service.engine.protocol import Engine
from service.errors import ServiceError
from service.jobs.events import Listener
from service.jobs.figures import Figures
from service.jobs.idempotency import KeyedRequest
from service.jobs.job import Job, State
from service.jobs.query import Query

FindQuery = Callable[[str, Mapping[str, Any]], Query]
"""(name of a statistic, arguments) -> the query on what is loaded now; raises ServiceError. For jobs that run again."""


Fits = Callable[[], Mapping[str, str]]
"""What is loaded now: statistics by name, each with what its jobs fit, `dataset version:hash of the SQL`."""


class Submitted(NamedTuple):
    """`known`: the job comes from an earlier request with the same Idempotency-Key."""

    job: Job
    known: bool = False


class Filter(NamedTuple):
    """Which jobs to list: `since` in seconds since 1970, ids above `after`, then the `newest` so many, then `limit`."""

    states: Collection[State] = tuple(State)
    statistics: Collection[str] | None = None
    since: float = 0.0
    after: int = 0
    newest: int | None = None
    limit: int | None = None


class Listed(NamedTuple):
    jobs: Sequence[Job]
    more: bool
    """Whether the limit has left some out."""


class JobStore(Protocol):
    """Raises NotFound for an unknown id (404) or one no longer kept (410), Unavailable while it accepts no jobs."""

    @property
    def answers(self) -> AnswerStore:
        """The answers that this process has in memory, with their renderings."""

    @property
    def durable(self) -> bool:
        """Whether jobs outlive the process."""

    async def submit(self, query: Query, *, fresh: bool = False, keyed: KeyedRequest | None = None) -> Submitted:
        """A job that is durable when this returns; a known answer ends it at once, unless it must be `fresh`.

        Raises BadRequest (422) for an Idempotency-Key that came with another request.
        """

    async def begin(self, query: Query, *, fresh: bool = False) -> Job:
        """A job that is not acknowledged: it runs, but is durable only once `acknowledge` has returned."""

    async def acknowledge(self, job: Job) -> None:
        """Return when the job is durable; raises Unavailable when it cannot be."""

    async def known(self, key: str) -> Answer | None:
        """The answer to a query's key, if it is known already."""

    async def get(self, job_id: int) -> Job: ...

    async def find(self, wanted: Filter) -> Listed:
        """Oldest first."""

    async def answer(self, job: Job) -> Answer | None: ...

    async def progress(self, job: Job) -> float | None:
        """How much of a running job is done, from 0 to 1; None when the engine does not know."""

    async def pending(self) -> int:
        """How many jobs are queued or running."""

    async def figures(self) -> Figures:
        """What an operator watches."""

    async def changed(self, job: Job, seconds: float) -> Job:
        """The job once its state has changed, or after so many seconds."""

    async def ended(self, job: Job, seconds: float) -> Job:
        """The job once it has finished, or after so many seconds."""

    async def cancel(self, job: Job, reason: ServiceError) -> Job:
        """End a pending job now. It is cancelled also when this raises Unavailable: that is then not durable."""

    def listen(self, job_id: int | None = None, after: str | None = None) -> AbstractAsyncContextManager[Listener]:
        """Follow all jobs, or one, for as long as the context lasts; from the event with the id `after` on."""

    async def released(self, engine: Engine) -> None:
        """Return when no job needs the engine any more; nothing must be submitted to it."""

    def refuse_new(self) -> None:
        """Accept no new jobs from now on."""

    async def drained(self) -> None:
        """Return when no job is pending."""

    def stop(self) -> None:
        """End all listeners, and drop what is still pending; it runs again if it is durable."""
