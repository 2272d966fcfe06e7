"""What is to be written with the next batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.answers.answer import Answer
from service.jobs.embedded.journal.acknowledgement import Acknowledgement
from service.jobs.embedded.table_job import TableJob
from service.jobs.idempotency import Entry


@dataclass(slots=True)
class Pending:
    """What is to be written with the next batch."""

    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)
    jobs: dict[int, TableJob] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    keys: dict[str, Entry] = field(default_factory=dict)
    gone_jobs: list[int] = field(default_factory=list)
    gone_answers: list[int] = field(default_factory=list)
    gone_keys: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.jobs) or self.heavy

    @property
    def heavy(self) -> bool:
        """Whether there is more than jobs."""
        return bool(self.answers or self.keys or self.gone_jobs or self.gone_answers or self.gone_keys)

    def key(self, entry: Entry) -> None:
        """An Idempotency-Key was given."""
        self.gone_keys.discard(entry.key)
        self.keys[entry.key] = entry

    def unkey(self, key: str) -> None:
        """It is no longer remembered."""
        self.keys.pop(key, None)
        self.gone_keys.add(key)

    def drop(self, jobs: list[int], answers: list[int]) -> None:
        """These have gone: what was not written yet need not be."""
        self.gone_jobs += jobs
        self.gone_answers += answers
        for number in jobs:
            self.jobs.pop(number, None)
        for number in answers:
            self.answers.pop(number, None)

    def followed_by(self, later: Pending) -> Pending:
        """Both, the later ones on top."""
        both = Pending(
            acknowledgement=later.acknowledgement,
            jobs=self.jobs | later.jobs,
            answers=self.answers | later.answers,
            keys={key: entry for key, entry in self.keys.items() if key not in later.gone_keys} | later.keys,
            gone_jobs=self.gone_jobs,
            gone_answers=self.gone_answers,
            gone_keys=(self.gone_keys - later.keys.keys()) | later.gone_keys,
        )
        both.drop(later.gone_jobs, later.gone_answers)
        return both
