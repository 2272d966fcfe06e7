"""The job table. Only the event loop changes it, so it has no locks. No id is ever assigned twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

from service.answers.answer import Answer
from service.errors import NotFound, ServiceError
from service.jobs.embedded.journal.journal import Journal
from service.jobs.embedded.retention import Retention
from service.jobs.embedded.table_job import TableJob
from service.jobs.events import Events
from service.jobs.figures import Ended
from service.jobs.job import TRANSITIONS, State
from service.jobs.protocol import Filter, Listed
from service.logs.request_id import request_id


class JobTable:
    """Every job that is pending, and those finished ones that `retention` keeps, oldest first."""

    def __init__(self, retention: Retention, journal: Journal, events: Events) -> None:
        self._retention = retention
        self._journal = journal
        self._events = events
        self._jobs: dict[int, TableJob] = {}
        self.last_id = 0
        self.pending = 0
        self.ended = Ended()

    def add(self, statistic: str, arguments: Mapping[str, Any], key: str, now: float) -> TableJob:
        """A new job, queued, with the next id."""
        self.last_id += 1
        job = TableJob(
            id=self.last_id,
            statistic=statistic,
            arguments=arguments,
            key=key,
            submitted_at=now,
            request_id=request_id.get(),
        )
        self._jobs[job.id] = job
        self.pending += 1
        self._notify(job)
        return job

    def restore(self, jobs: Sequence[TableJob], last_id: int) -> None:
        """The jobs of an earlier process by id, and the highest id that it assigned."""
        self.last_id = last_id
        for job in jobs:
            self._jobs[job.id] = job
            self.pending += not job.finished
        for job in sorted((job for job in jobs if job.finished), key=attrgetter("finished_at")):
            self._retention.keep(job)

    def start(self, job: TableJob, now: float) -> None:
        """A worker has taken the job."""
        self._move(job, State.RUNNING)
        job.started_at = now
        self._notify(job)

    def finish(self, job: TableJob, state: State, now: float, ending: Answer | ServiceError | None = None) -> None:
        """The job has ended, with an answer or an error."""
        self._move(job, state)
        job.finished_at = now
        if isinstance(ending, ServiceError):
            job.error = ending
        elif ending is not None:
            job.answer, job.rows = ending, ending.result.length
            job.dataset, job.sample = ending.provenance.dataset, ending.provenance.sample
        self.pending -= 1
        self.ended.add(job, now)
        self._retention.keep(job)
        self._notify(job)
        self.forget(now)

    def _move(self, job: TableJob, state: State) -> None:
        if state not in TRANSITIONS[job.state]:
            raise AssertionError(f"job {job.id} is {job.state} and cannot become {state}")
        job.state = state

    def _notify(self, job: TableJob) -> None:
        change, job.change = job.change, None
        if change is not None and not change.done():
            change.set_result(None)
        if job.end is not None and job.finished:
            job.end.set_result(None)
        self._journal.changed(job)
        self._events.changed(job)

    def forget(self, now: float) -> None:
        """Drop the finished jobs that are no longer to be kept."""
        for job in self._retention.dropped(now):
            del self._jobs[job.id]
            self._journal.forgotten(job)
            self._retention.release(job)

    def get(self, job_id: int, now: float) -> TableJob:
        """The job of an id; raises NotFound, with status 410 for one that is no longer kept."""
        self.forget(now)
        if job_id in self._jobs:
            return self._jobs[job_id]
        if 0 < job_id <= self.last_id:
            reason = f"job {job_id} is no longer kept: {self._retention.describe()}; ask again with a new job"
            raise NotFound(reason, status=410, job_id=job_id)
        raise NotFound(f"there is no job {job_id}; the newest is {self.last_id}", job_id=job_id)

    def all(self) -> list[TableJob]:
        """Those that are kept now, oldest first."""
        return list(self._jobs.values())

    def __contains__(self, job: TableJob) -> bool:
        return job.id in self._jobs

    def find(self, wanted: Filter, now: float) -> Listed:
        """The jobs that pass a filter, oldest first."""
        self.forget(now)
        found: Iterator[TableJob] = (
            job
            for job in self._jobs.values()
            if job.id > wanted.after
            and job.state in wanted.states
            and (wanted.statistics is None or job.statistic in wanted.statistics)
            and job.submitted_at >= wanted.since
        )
        if wanted.newest is not None:
            found = iter(deque(found, wanted.newest))
        if wanted.limit is None:
            return Listed(list(found), more=False)
        listed = list(islice(found, wanted.limit + 1))
        return Listed(listed[: wanted.limit], more=len(listed) > wanted.limit)
