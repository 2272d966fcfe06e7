"""What an operator watches of a job store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from prometheus_client import Counter, Histogram, Metric

from service.jobs.job import Job, State


class Ended:
    """The jobs that have ended since the start, and how long they took."""

    def __init__(self) -> None:
        self.jobs = Counter("health_jobs", "Jobs that have ended.", ["statistic", "state"], registry=None)
        self.queued = Histogram("health_job_queued_seconds", "How long jobs waited for a worker.", registry=None)
        self.running = Histogram(
            "health_job_running_seconds",
            "How long jobs ran.",
            ["statistic"],
            buckets=(0.01, 0.1, 1, 10, 60, 300),
            registry=None,
        )
        self._of_a_kind: dict[tuple[str, State], tuple[Counter, Histogram]] = {}
        """By statistic and state: to look for its labels takes the library longer."""

    def collect(self) -> list[Metric]:
        return [each for metric in (self.jobs, self.queued, self.running) for each in metric.collect()]

    def add(self, job: Job, now: float) -> None:
        started = now if job.started_at is None else job.started_at
        kind = job.statistic, job.state
        if kind not in self._of_a_kind:
            self._of_a_kind[kind] = self.jobs.labels(*kind), self.running.labels(job.statistic)
        jobs, running = self._of_a_kind[kind]
        jobs.inc()
        self.queued.observe(started - job.submitted_at)
        running.observe(now - started)


class Figures(NamedTuple):
    """As they are now."""

    ended: Ended
    pending: Mapping[str, int]
    workers: Mapping[str, int]
    """Threads that are `busy`, `idle` and `lost`, and how many are `missing` to those that should serve."""
    draining: bool
    """Whether new jobs are refused, since the service ends."""
    journal_fault: str | None
    journal_lag: float
    """Seconds for which the oldest change has waited to be written."""
    answer_bytes: Mapping[str, int]
    """Answers that are `remembered`, `held` by jobs, and on the `disk`."""
