"""The job table. Only the event loop changes it, so it has no locks.

An id is given once and never again. What is kept of finished jobs is bounded by number, age and bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from service.answers.answer import Answer
from service.errors import NotFound, ServiceError
from service.jobs.job import TRANSITIONS, Job, State
from service.settings import Jobs as Limits


class Watcher(Protocol):
    """Who wants to know of every job: the journal, and those who listen to events."""

    def changed(self, job: Job) -> None:
        """The job is new, or its state is."""

    def forgotten(self, job: Job) -> None:
        """The job has gone."""


class Held(NamedTuple):
    """How many finished jobs hold an answer, and what it takes of memory and disk."""

    jobs: int
    bytes: int
    disk_bytes: int


class JobTable:
    """Every job that is pending, and those finished ones that the limits let it keep, oldest first."""

    def __init__(self, limits: Limits, disk_bytes: int, watchers: Sequence[Watcher] = ()) -> None:
        self._limits = limits
        self._most_disk_bytes = disk_bytes
        self._watchers = watchers
        self._jobs: dict[int, Job] = {}
        self._finished: deque[Job] = deque()
        self._held: dict[Answer, Held] = {}
        self._bytes = self._disk_bytes = 0
        self.last_id = 0
        self.pending = 0

    def add(self, statistic: str, arguments: Mapping[str, Any], key: str, now: float) -> Job:
        """A new job, queued, with the next id."""
        self.last_id += 1
        job = Job(self.last_id, statistic, arguments, key, now)
        self._jobs[job.id] = job
        self.pending += 1
        self._tell(job)
        return job

    def restore(self, jobs: Sequence[Job]) -> None:
        """The jobs of an earlier process."""
        for job in sorted(jobs, key=attrgetter("id")):
            self._jobs[job.id] = job
            self.pending += not job.finished
        for job in sorted((job for job in jobs if job.finished), key=attrgetter("finished_at")):
            self._keep(job)

    def start(self, job: Job, now: float) -> None:
        """A worker has taken the job."""
        self._move(job, State.RUNNING)
        job.started_at = now
        self._tell(job)

    def finish(
        self,
        job: Job,
        state: State,
        now: float,
        *,
        answer: Answer | None = None,
        error: ServiceError | None = None,
    ) -> None:
        """The job has ended, with an answer or an error."""
        self._move(job, state)
        job.finished_at, job.answer, job.error = now, answer, error
        self.pending -= 1
        self._keep(job)
        self._tell(job)
        self.forget(now)

    def _move(self, job: Job, state: State) -> None:
        if state not in TRANSITIONS[job.state]:
            raise AssertionError(f"job {job.id} is {job.state} and cannot become {state}")
        job.state = state

    def _tell(self, job: Job) -> None:
        change, job.change = job.change, None
        if change is not None and not change.done():
            change.set_result(None)
        if job.end is not None and job.finished:
            job.end.set_result(None)
        for watcher in self._watchers:
            watcher.changed(job)

    def _keep(self, job: Job) -> None:
        self._finished.append(job)
        if job.answer is not None:
            held = self._held.get(job.answer)
            if held is None:
                held = Held(0, job.answer.bytes, job.answer.result.disk_bytes)
                self._bytes += held.bytes
                self._disk_bytes += held.disk_bytes
            self._held[job.answer] = held._replace(jobs=held.jobs + 1)

    def forget(self, now: float) -> None:
        """Drop the oldest finished jobs that are over the limits; the newest alone is never too large."""
        oldest = now - self._limits.keep_seconds
        while self._finished and (
            len(self._finished) > self._limits.keep
            or (len(self._finished) > 1 and self._too_large())
            or (self._finished[0].finished_at or 0.0) < oldest
        ):
            self._drop(self._finished.popleft())

    def _too_large(self) -> bool:
        return self._bytes > self._limits.keep_bytes or self._disk_bytes > self._most_disk_bytes

    def _drop(self, job: Job) -> None:
        del self._jobs[job.id]
        if job.answer is not None:
            held = self._held.pop(job.answer)
            if held.jobs > 1:
                self._held[job.answer] = held._replace(jobs=held.jobs - 1)
            else:
                self._bytes -= held.bytes
                self._disk_bytes -= held.disk_bytes
        for watcher in self._watchers:
            watcher.forgotten(job)

    def recount(self, answer: Answer) -> None:
        """The answer has got another form."""
        held = self._held.get(answer)
        if held is not None:
            self._bytes += answer.bytes - held.bytes
            self._held[answer] = held._replace(bytes=answer.bytes)

    def get(self, job_id: int, now: float) -> Job:
        """The job of an id; raises NotFound, with status 410 when there was one that has gone."""
        self.forget(now)
        if job_id in self._jobs:
            return self._jobs[job_id]
        if 0 < job_id <= self.last_id:
            raise NotFound(
                f"job {job_id} has gone: finished jobs are kept for {self._limits.keep_seconds:g} s, at most "
                f"{self._limits.keep} of them, whose answers take at most {self._limits.keep_bytes} bytes of memory "
                f"and {self._most_disk_bytes} of disk; ask again with a new job",
                status=410,
                job_id=job_id,
            )
        raise NotFound(f"there is no job {job_id}; the newest is {self.last_id}", job_id=job_id)

    def all(self, now: float) -> Iterator[Job]:
        """Every job, newest last."""
        self.forget(now)
        return iter(self._jobs.values())
