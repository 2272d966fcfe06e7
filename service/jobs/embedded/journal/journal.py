"""The interface of a journal. This one keeps nothing, so jobs are in memory only."""

from __future__ import annotations

from collections.abc import Sequence

from service.answers.answer import Answer
from service.jobs.embedded.table_job import TableJob
from service.jobs.idempotency import Entry


class Journal:
    """For the event loop."""

    fault: str | None = None
    """Why the last batch could not be written."""

    def lag(self) -> float:
        """Seconds for which the oldest change has waited to be written."""
        return 0.0

    def changed(self, job: TableJob) -> None:
        """The job is new, or its state is."""

    def forgotten(self, job: TableJob) -> None:
        """The job is no longer kept."""

    def released(self, answer: Answer) -> None:
        """No job has the answer any more."""

    def keyed(self, entry: Entry) -> None:
        """An Idempotency-Key was given."""

    def unkeyed(self, key: str) -> None:
        """An Idempotency-Key is no longer remembered."""

    def require_writable(self) -> None:
        """Raise Unavailable when the last batch could not be written."""

    def write_now(self, jobs: Sequence[TableJob]) -> None:
        """Write jobs before anything else happens; blocks. Raises StartError when there is no room."""

    async def close(self) -> None:
        """Write what is left."""
