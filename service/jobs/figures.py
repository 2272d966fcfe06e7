"""What an operator watches of a job store."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from service.durations import Durations
from service.jobs.job import Job, State


@dataclass(slots=True)
class Ended:
    """The jobs that have ended since the start, by statistic and state, and how long they took."""

    jobs: Counter[tuple[str, State]] = field(default_factory=Counter)
    queued: Durations = field(default_factory=Durations)
    running: Durations = field(default_factory=Durations)
    running_seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By statistic."""

    def add(self, job: Job, now: float) -> None:
        started = now if job.started_at is None else job.started_at
        self.jobs[job.statistic, job.state] += 1
        self.queued.add(started - job.submitted_at)
        self.running.add(now - started)
        self.running_seconds[job.statistic] += now - started


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """As they are now."""

    ended: Ended
    pending: dict[State, int]
    """Jobs that are queued and running."""
    workers: dict[str, int]
    """Threads that are `busy`, `idle` and `lost`."""
    missing_workers: int
    """How many fewer threads serve than there should be."""
    draining: bool
    """Whether new jobs are refused, since the service ends."""
    journal_fault: str | None
    journal_lag: float
    """Seconds for which the oldest change has waited to be written."""
    remembered_bytes: int
    held_bytes: int
    held_disk_bytes: int
