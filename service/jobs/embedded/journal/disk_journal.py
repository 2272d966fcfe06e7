"""The journal in a file.

Changes are collected while a batch is being written and go with the next one, so that the cost of a commit is shared by
all jobs of that moment. A batch of jobs alone is written within the event loop, in some 30 µs: handing it to a thread
and back takes longer. Whatever may take long goes to the thread: answers, a flush, tidying the file, and
everything while the disk is slow. Ends and answers gather for a moment, and share the way to the thread and back;
nobody waits for them, since a job whose end is not written runs again after a crash.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from service.answers.answer import Answer
from service.errors import StartError, Unavailable, without_folders
from service.jobs.embedded.journal.acknowledgement import refusal
from service.jobs.embedded.journal.batch import Batch, JobRow
from service.jobs.embedded.journal.database import Store
from service.jobs.embedded.journal.gone import Gone
from service.jobs.embedded.journal.journal import Journal
from service.jobs.embedded.journal.pending import Pending
from service.jobs.embedded.journal.rows import answers_of, batch_of, job_of, job_row
from service.jobs.embedded.table_job import TableJob
from service.jobs.idempotency import Entry
from service.jobs.job import State

log = logging.getLogger(__name__)

LONGEST_CLOSE = 30.0  # seconds to wait for the last batch at the end
GATHER = 3
"""Iterations of the event loop for which a batch waits for more; in an idle loop they take no time."""
LATER = 0.1  # seconds for which ends and answers gather
TIDY = 500  # batches after which the thread writes one, and tidies the file
SLOW = 0.01  # seconds that a write within the event loop may take
AVOID = 10.0  # seconds for which the thread writes after a slow one
LOST = "its file was removed, replaced or damaged"
RETRY = 0.5  # seconds until a batch that could not be written is tried again


class DiskJournal(Journal):
    """Writes every change except that a job runs, which is recorded as in flight. A folder has long answers' rows."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "journal")
        self._next = Pending()
        self._later = Pending()
        self._bringing: asyncio.TimerHandle | None = None
        self._gone = Gone()
        self._numbers: dict[Answer, int] = {}
        """The answers that have a row, or get one with the next batch."""
        self._last_answer = max((row.id for row in store.kept.answers), default=0)
        self._writing: asyncio.Task[None] | None = None
        self._since_tidy = 0
        self._slow_until = 0.0
        self._caught_up = self._loop.time()  # what changed before is on the disk
        self.fault: str | None = None
        self._lost = False

    def changed(self, job: TableJob) -> None:
        if job.state is not State.RUNNING:
            self.keep(job)

    def keep(self, job: TableJob) -> None:
        """Write the job as it is, with its answer."""
        if job.answer is not None and job.answer not in self._numbers:
            self._last_answer += 1
            self._numbers[job.answer] = self._last_answer
            self._later.answers.add(self._last_answer, job.answer)
        if job.state in {State.QUEUED, State.CANCELLED}:
            job.acknowledgement = self._next.acknowledgement
            self._next.jobs.add(job.id, job)
            self._write_soon()
        elif job.id not in self._next.jobs.put:  # where it is written as it is then
            self._later.jobs.add(job.id, job)
        if self._later and self._bringing is None:
            self._caught_up = self._caught_up if self._writing else self._loop.time()
            self._bringing = self._loop.call_later(LATER, self._bring)

    def _bring(self) -> None:
        """What has gathered goes with the next batch."""
        if self._bringing is not None:
            self._bringing.cancel()
            self._bringing = None
            self._next.add(self._later)
            self._later = Pending()
            self._write_soon()

    def forgotten(self, job: TableJob) -> None:
        """Its row is deleted later, together with many others."""
        self._gone.jobs.append(job.id)
        if self._gone.are_many:
            self._sweep()

    def released(self, answer: Answer) -> None:
        number = self._numbers.pop(answer, None)
        if number is None:
            return
        self._gone.answers.append(number)
        self._gone.bytes += answer.result.memory_bytes
        # A long answer's file is deleted at once, so after a crash its job would run again.
        if answer.result.file is not None or self._gone.are_many:
            self._sweep()

    def _sweep(self) -> None:
        """Delete the rows of forgotten jobs and released answers with the next batch."""
        gone, self._gone = self._gone, Gone()
        self._bring()  # else what is to be deleted might be written afterwards
        self._next.jobs.drop(gone.jobs)
        self._next.answers.drop(gone.answers)
        self._write_soon()

    def require_writable(self) -> None:
        if fault := LOST if self._lost else self.fault:
            raise refusal(fault)

    async def is_lost(self) -> bool:
        """Whether there must be a new file; new jobs are refused until then. It is looked at between batches."""
        if not self._lost and await self._loop.run_in_executor(self._thread, lambda: self._store.is_lost):
            self._lost = True
            log.error("the journal cannot be used: %s; new jobs are refused until there is a new one", LOST)
        return self._lost

    async def begin_anew(self, last_id: int) -> None:
        """Begin a new file, which has to be given all that is kept; raises OSError, StartError or sqlite3.Error."""
        await self._loop.run_in_executor(self._thread, self._store.begin_anew, last_id)
        self._numbers.clear()
        self._gone = Gone()

    def take_jobs_again(self) -> None:
        """The new file has all that is kept, so a crash loses nothing that was acknowledged."""
        self._lost = False
        log.error("%s", self._store.put_aside)

    async def written(self) -> None:
        self._bring()
        if self._next:
            with suppress(Unavailable):  # it is tried again
                await self._next.acknowledgement.settled()

    def keyed(self, entry: Entry) -> None:
        self._next.keys.add(entry.key, entry)
        self._write_soon()

    def unkeyed(self, key: str) -> None:
        self._next.keys.drop([key])
        self._write_soon()

    def _write_soon(self) -> None:
        if self._writing is None:
            self._caught_up = self._loop.time()
            self._writing = self._loop.create_task(self._write_all())

    async def _write_all(self) -> None:
        while self._next:
            for _ in range(GATHER):
                await asyncio.sleep(0)
            batch, self._next, taken = self._next, Pending(), self._loop.time()
            try:
                await self._write_batch(batch)
            except Exception as error:  # whatever it is, the waiters must learn of it
                self._store.notice(error)
                self._refuse(batch, without_folders(str(error)) or type(error).__name__)
                await asyncio.sleep(RETRY)
            else:
                self._acknowledge(batch)
                self._caught_up = taken
        self._writing = None

    def lag(self) -> float:
        return self._loop.time() - self._caught_up if self._writing or self._bringing else 0.0

    async def _write_batch(self, batch: Pending) -> None:
        rows = self._rows(batch.jobs.put.values())
        if self._by_thread(batch):
            self._since_tidy = 0
            await self._loop.run_in_executor(self._thread, lambda: self._store.tidy_and_write(batch_of(batch, rows)))
            return
        self._since_tidy += 1
        begun = self._loop.time()
        try:
            self._store.write(Batch(jobs=rows))
        finally:
            ended = self._loop.time()
            if ended - begun > SLOW:
                self._slow_until = ended + AVOID

    def _rows(self, jobs: Iterable[TableJob]) -> list[JobRow]:
        return [job_row(job, self._numbers.get(job.answer) if job.answer else None) for job in jobs]

    def _by_thread(self, batch: Pending) -> bool:
        """Whether the batch may take long."""
        slow = self.fault is not None or self._lost or self._loop.time() < self._slow_until
        return slow or batch.heavy or self._store.flushes or self._since_tidy >= TIDY

    def _acknowledge(self, batch: Pending) -> None:
        if self.fault is not None:
            log.warning("the journal can be written again")
            self.fault = None
        batch.acknowledgement.settle()

    def _refuse(self, batch: Pending, reason: str) -> None:
        """Jobs that are not yet acknowledged are refused; other changes wait here until there is room."""
        if self.fault is None:
            log.error("the journal cannot be written: %s; new jobs are refused until it can", reason)
        self.fault = reason
        refused = batch.acknowledgement
        batch.update(self._next)
        self._next = batch
        for job in batch.jobs.put.values():
            if job.acknowledgement is refused:
                job.acknowledgement = batch.acknowledgement
        refused.settle(reason)

    def write_now(self, jobs: Sequence[TableJob]) -> None:
        try:
            self._store.write(Batch(jobs=self._rows(jobs)))
        except sqlite3.Error as error:
            reason = f"the journal cannot be written: {error}; make room, or set journal in [jobs] to another disk"
            raise StartError(reason) from None

    async def close(self) -> None:
        """Try once to write what is left, then close the file."""
        self._sweep()
        writing = self._writing
        if writing:
            await asyncio.wait([writing], timeout=LONGEST_CLOSE if self.fault is None else RETRY)
            writing.cancel()
        self._thread.shutdown()
        self._store.close()

    def recovered(self) -> Iterator[TableJob]:
        """The jobs of earlier processes."""
        answers = dict(answers_of(self._store.kept, self._folder))
        for row in self._store.kept.jobs:
            number = row.answer or 0
            answer = answers.get(number)
            if answer is not None:
                self._numbers[answer] = number
            yield job_of(row, answer)
        held = set(self._numbers.values())
        self._gone.answers += [row.id for row in self._store.kept.answers if row.id not in held]
