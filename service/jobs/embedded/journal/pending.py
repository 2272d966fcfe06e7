"""What is to be written with the next batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from service.answers.answer import Answer
from service.jobs.embedded.journal.acknowledgement import Acknowledgement
from service.jobs.embedded.table_job import TableJob
from service.jobs.idempotency import Entry

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class Changes(Generic[Key, Value]):
    """Of one table: what is to be written, by its key, and the keys of what is to be deleted."""

    put: dict[Key, Value] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)

    def add(self, key: Key, value: Value) -> None:
        self.gone.discard(key)
        self.put[key] = value

    def drop(self, keys: Iterable[Key]) -> None:
        """Delete these; what was not written yet need not be."""
        for key in keys:
            self.put.pop(key, None)
            self.gone.add(key)

    def __bool__(self) -> bool:
        return bool(self.put or self.gone)

    def update(self, later: Changes[Key, Value]) -> None:
        self.drop(later.gone)
        self.gone -= later.put.keys()
        self.put |= later.put


@dataclass(slots=True)
class Pending:
    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)
    jobs: Changes[int, TableJob] = field(default_factory=Changes)
    answers: Changes[int, Answer] = field(default_factory=Changes)
    keys: Changes[str, Entry] = field(default_factory=Changes)

    def __bool__(self) -> bool:
        return bool(self.jobs or self.answers or self.keys)

    @property
    def heavy(self) -> bool:
        """Whether there is more than jobs to be put."""
        return bool(self.answers or self.keys or self.jobs.gone)

    def update(self, later: Pending) -> None:
        """Add what came later, to be acknowledged with it."""
        self.acknowledgement = later.acknowledgement
        self.add(later)

    def add(self, later: Pending) -> None:
        """Add what came later, and nobody waits for."""
        self.jobs.update(later.jobs)
        self.answers.update(later.answers)
        self.keys.update(later.keys)
