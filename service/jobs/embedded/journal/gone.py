"""Forgotten jobs and released answers: one by one, the end of each row would cost a page of the file."""

from __future__ import annotations

from dataclasses import dataclass, field

MANY_JOBS = 500
MANY_BYTES = 16_000_000


@dataclass(slots=True)
class Gone:
    """Their numbers in the journal, and the bytes of the answers."""

    jobs: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    bytes: int = 0

    @property
    def are_many(self) -> bool:
        return len(self.jobs) >= MANY_JOBS or self.bytes >= MANY_BYTES
