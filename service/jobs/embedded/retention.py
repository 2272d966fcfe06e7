"""When a finished job is forgotten: what is kept of them is bounded by number, age and the bytes of their answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from service.answers.store import AnswerStore
from service.encoding import size_of
from service.jobs.embedded.table_job import TableJob
from service.settings import Jobs as Limits


class Retention:
    """The finished jobs, oldest first; the answer store holds their answers for as long."""

    def __init__(self, limits: Limits, disk_bytes: int, answers: AnswerStore) -> None:
        self._limits = limits
        self._disk_bytes = disk_bytes
        self._answers = answers
        self._finished: deque[TableJob] = deque()
        self._bytes = 0
        """Of their arguments."""

    def keep(self, job: TableJob) -> None:
        self._finished.append(job)
        self._bytes += size_of(job.arguments)
        if job.answer is not None:
            self._answers.hold(job.answer)

    def dropped(self, now: float) -> Iterator[TableJob]:
        """Remove the oldest jobs beyond the limits, each to be released; bytes alone never remove the newest."""
        oldest = now - self._limits.keep_seconds
        while self._finished and (
            len(self._finished) > self._limits.keep
            or (len(self._finished) > 1 and self._too_large())
            or (self._finished[0].finished_at or 0.0) < oldest
        ):
            yield self._finished.popleft()

    def _too_large(self) -> bool:
        return (
            self._answers.held_bytes + self._bytes > self._limits.keep_bytes
            or self._answers.held_disk_bytes > self._disk_bytes
        )

    def release(self, job: TableJob) -> None:
        self._bytes -= size_of(job.arguments)
        if job.answer is not None:
            self._answers.release(job.answer)

    def describe(self) -> str:
        """The limits, as a sentence."""
        return (
            f"finished jobs are kept for {self._limits.keep_seconds:g} s, at most {self._limits.keep} of them, whose "
            f"answers, with the arguments, take at most {self._limits.keep_bytes} bytes of memory and "
            f"{self._disk_bytes} of disk"
        )
