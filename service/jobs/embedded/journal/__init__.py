"""The job table on disk: whatever is acknowledged is there first, and is there after a crash.

Changes are gathered while a batch is being written and go with the next one, so that the cost of a commit is shared by
all jobs of that moment. A batch of jobs alone is written within the event loop, in some 30 µs: handing it to a thread
and back takes longer. What may take its time goes to the thread: answers, a flush, the tidying of the file, and
everything while the disk is slow.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from service.answers.answer import Answer
from service.errors import StartError
from service.jobs.durability import refusal
from service.jobs.embedded.journal.batch import Batch, JobRow, KeyRow
from service.jobs.embedded.journal.database import Store
from service.jobs.embedded.journal.pending import Pending
from service.jobs.embedded.journal.rows import answer_row, answers_of, job_of, job_row
from service.jobs.idempotency import Entry
from service.jobs.job import Job, State

log = logging.getLogger(__name__)

LONGEST_CLOSE = 30.0
"""Seconds to wait for the last batch at the end."""
GATHER = 3
"""Turns of the event loop that a batch waits for more: of a busy one, since an idle one turns at once."""
TIDY = 500
"""Batches after which the thread writes one, and brings the file in order."""
SLOW = 0.01
"""Seconds that a write within the event loop may take; after a longer one the thread writes for AVOID seconds."""
AVOID = 10.0
SWEEP = 500
"""Jobs that may have gone before their rows are deleted: one by one, each would cost a page of the file."""
SWEEP_BYTES = 16_000_000
"""The same, of answers."""
RETRY = 0.5
"""Seconds until a batch that could not be written is tried again."""


class Journal:
    """Writes what the job table tells it of. For the event loop."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "journal")
        self._next = Pending()
        self._gone_jobs: list[int] = []
        self._gone_answers: list[int] = []
        self._gone_bytes = 0
        self._holders: dict[int, int] = {}
        self._last_answer = max((row.id for row in store.kept.answers), default=0)
        self._writing: asyncio.Task[None] | None = None
        self._since_tidy = 0
        self._slow_until = 0.0
        self.fault: str | None = None
        """Why the last batch could not be written."""

    def changed(self, job: Job) -> None:
        """The job is new or has ended; that it runs is told by the marks."""
        if job.state is State.RUNNING:
            return
        if job.state in {State.QUEUED, State.CANCELLED}:
            job.saved = self._next.receipt
        self._next.jobs[job.id] = job
        if job.answer is not None:
            self._hold(job.answer)
        self._write_soon()

    def _hold(self, answer: Answer) -> None:
        if answer.saved is None:
            self._last_answer += 1
            answer.saved = self._last_answer
            self._next.answers[answer.saved] = answer
        self._holders[answer.saved] = self._holders.get(answer.saved, 0) + 1

    def forgotten(self, job: Job) -> None:
        """The job has gone, and its answer with the last job that had it; their rows go with many others at once."""
        self._gone_jobs.append(job.id)
        answer = job.answer
        if answer is not None and answer.saved is not None:
            self._holders[answer.saved] -= 1
            if not self._holders[answer.saved]:
                del self._holders[answer.saved]
                self._gone_answers.append(answer.saved)
                self._gone_bytes += answer.result.memory_bytes
                answer.saved = None
        # A long answer's file is gone at once: after a crash its job would run again.
        lost = answer is not None and answer.result.file is not None
        if lost or len(self._gone_jobs) >= SWEEP or self._gone_bytes >= SWEEP_BYTES:
            self._sweep()

    def _sweep(self) -> None:
        """Have the rows of what has gone deleted."""
        self._next.drop(self._gone_jobs, self._gone_answers)
        self._gone_jobs, self._gone_answers, self._gone_bytes = [], [], 0
        self._write_soon()

    def require_writable(self) -> None:
        """Raise Unavailable when the last batch could not be written."""
        if self.fault is not None:
            raise refusal(self.fault)

    def keyed(self, entry: Entry) -> None:
        """An Idempotency-Key was given."""
        self._next.key(entry)
        self._write_soon()

    def unkeyed(self, key: str) -> None:
        """It is no longer remembered."""
        self._next.unkey(key)
        self._write_soon()

    def _write_soon(self) -> None:
        if self._writing is None:
            self._writing = self._loop.create_task(self._write_all())

    async def _write_all(self) -> None:
        while self._next:
            for _ in range(GATHER):
                await asyncio.sleep(0)
            batch, self._next = self._next, Pending()
            try:
                await self._write_batch(batch)
            except Exception as error:  # whatever it is, those who wait are told
                self._refuse(batch, str(error) or type(error).__name__)
                await asyncio.sleep(RETRY)
            else:
                self._acknowledge(batch)
        self._writing = None

    async def _write_batch(self, batch: Pending) -> None:
        rows = [job_row(job) for job in batch.jobs.values()]
        if self._by_thread(batch):
            self._since_tidy = 0
            await self._loop.run_in_executor(self._thread, self._write, rows, batch)
            return
        self._since_tidy += 1
        begun = self._loop.time()
        try:
            self._store.write(Batch(rows))
        finally:
            ended = self._loop.time()
            if ended - begun > SLOW:
                self._slow_until = ended + AVOID

    def _by_thread(self, batch: Pending) -> bool:
        """Whether the batch may take its time."""
        slow = self.fault is not None or self._loop.time() < self._slow_until
        return slow or batch.heavy or self._store.flushes or self._since_tidy >= TIDY

    def _write(self, rows: list[JobRow], batch: Pending) -> None:
        """In the journal's thread."""
        answers = [answer_row(*item) for item in batch.answers.items()]
        keys = [KeyRow(*entry) for entry in batch.keys.values()]
        self._store.tidy_and_write(Batch(rows, answers, keys, batch.gone_jobs, batch.gone_answers, batch.gone_keys))

    def _acknowledge(self, batch: Pending) -> None:
        if self.fault is not None:
            log.warning("the journal can be written again")
            self.fault = None
        batch.receipt.settle()

    def _refuse(self, batch: Pending, reason: str) -> None:
        """Jobs that nobody was told of yet are not taken; the others wait here until there is room."""
        if self.fault is None:
            log.error("the journal cannot be written: %s; new jobs are refused until it can", reason)
        self.fault = reason
        self._next = batch.followed_by(self._next)
        for job in batch.jobs.values():
            if job.saved is batch.receipt:
                job.saved = self._next.receipt
        batch.receipt.settle(reason)

    def write_now(self, jobs: Sequence[Job]) -> None:
        """Write jobs before anything else happens; blocks. Raises StartError when there is no room."""
        try:
            self._store.write(Batch([job_row(job) for job in jobs]))
        except sqlite3.Error as error:
            raise StartError(f"the journal cannot be written: {error}; make room, or mend journal in [jobs]") from None

    async def close(self) -> None:
        """Write what is left, once; then let the file go."""
        self._sweep()
        writing = self._writing
        if writing:
            await asyncio.wait([writing], timeout=LONGEST_CLOSE if self.fault is None else RETRY)
            writing.cancel()
        self._thread.shutdown()
        self._store.close()

    def recovered(self) -> Iterator[Job]:
        """The jobs of earlier processes."""
        answers = dict(answers_of(self._store.kept, self._folder))
        for row in self._store.kept.jobs:
            answer = answers.get(row.answer) if row.answer else None
            job = job_of(row, answer)
            if answer is not None and answer.saved is not None:
                self._holders[answer.saved] = self._holders.get(answer.saved, 0) + 1
            yield job
        self._gone_answers += [row.id for row in self._store.kept.answers if row.id not in self._holders]
