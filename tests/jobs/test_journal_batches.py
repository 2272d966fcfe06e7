"""How the journal writes: in batches, without holding up the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Unavailable
from service.jobs.embedded.job_table import JobTable
from service.jobs.embedded.journal import disk_journal as disk
from service.jobs.embedded.journal.acknowledgement import Acknowledgement
from service.jobs.embedded.journal.batch import Batch
from service.jobs.embedded.journal.database import LONG_LOG, Store
from service.jobs.embedded.journal.disk_journal import DiskJournal
from service.jobs.embedded.journal.pending import Changes, Pending
from service.jobs.embedded.table_job import TableJob
from service.jobs.idempotency import Entry
from service.jobs.job import State
from service.jobs.runner.in_flight import InFlight
from tests.jobs.parts import answer_of, table_of
from tests.waiting import LIMIT, one_turn, until

JOURNALS_THREAD = "journal_0"


class Observed(Store):
    """Records which thread wrote how many jobs."""

    def __init__(self, path: Path, sync: str) -> None:
        super().__init__(path, sync)
        self.path = path
        self.written: list[tuple[str, int]] = []

    def write(self, batch: Batch) -> None:
        """Remember where, and write."""
        self.written.append((threading.current_thread().name, len(batch.jobs)))
        super().write(batch)

    def refuse(self, *, refuse: bool) -> None:
        """Have SQLite take no rows."""
        self._connection.execute(f"pragma query_only = {refuse:d}")

    @property
    def threads(self) -> list[str]:
        """Where each batch was written."""
        return [thread for thread, _ in self.written]


Opened = Callable[..., tuple[JobTable, Observed]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """A job table with a journal, and the journal's file."""
    async with AsyncExitStack() as stack:

        def begin(sync: str = "normal") -> tuple[JobTable, Observed]:
            store = Observed(tmp_path / "jobs.sqlite3", sync)
            journal = DiskJournal(store, tmp_path)
            stack.push_async_callback(journal.close)
            return table_of(journal=journal), store

        yield begin


async def accepted(table: JobTable, number: int = 1) -> TableJob:
    job = table.add("states_mean", {"number": number}, "key", 1.0)
    assert job.acknowledgement
    await job.acknowledgement.settled()
    return job


async def test_jobs_of_one_moment_share_a_commit(opened: Opened) -> None:
    """A hundred jobs at once are one batch."""
    table, store = opened()
    await asyncio.gather(*(accepted(table, number) for number in range(100)))
    assert [count for _, count in store.written] == [100]


async def test_jobs_alone_are_written_within_the_event_loop(opened: Opened) -> None:
    """Handing them over would cost more than writing them."""
    table, store = opened()
    await accepted(table)
    assert store.threads == [threading.current_thread().name]


async def test_what_goes_before_it_is_written_is_dropped() -> None:
    """While nothing can be written, jobs that the table has forgotten take no memory here."""
    job = TableJob(id=1, statistic="states_mean", arguments={}, key="key", submitted_at=1.0)
    waiting, later = Pending(jobs=Changes({1: job}), answers=Changes({7: answer_of(10)})), Pending()
    later.jobs.drop([1])
    later.answers.drop([7])
    waiting.update(later)
    assert (waiting.jobs, waiting.answers) == (Changes(gone={1}), Changes(gone={7}))


async def test_answers_are_written_by_the_journals_thread(opened: Opened) -> None:
    """They may be long."""
    table, store = opened()
    job = await accepted(table)
    table.start(job, 2.0)
    table.finish(job, State.DONE, 3.0, answer_of(1000))
    await until(lambda: len(store.threads) > 1)
    assert store.threads[1:] == [JOURNALS_THREAD]


async def test_jobs_that_end_in_one_moment_share_a_commit(opened: Opened) -> None:
    """Nobody waits for their ends to be written, so they gather; what is accepted meanwhile does not wait for them."""
    table, store = opened()
    jobs = [await accepted(table, number) for number in range(10)]
    for job in jobs:
        table.start(job, 2.0)
        table.finish(job, State.DONE, 3.0, answer_of(10))
    await accepted(table, 10)
    assert store.threads[-1] != JOURNALS_THREAD
    await until(lambda: store.threads[-1] == JOURNALS_THREAD)
    assert store.written[-1] == (JOURNALS_THREAD, 10)


async def test_what_waits_for_the_disk_is_written_by_the_journals_thread(opened: Opened) -> None:
    """With a flush for each batch the event loop would wait for the disk."""
    table, store = opened("full")
    await accepted(table)
    assert store.threads == [JOURNALS_THREAD]


async def test_a_slow_disk_is_left_to_the_journals_thread(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one write that took too long, the event loop writes no more for a while."""
    monkeypatch.setattr(disk, "SLOW", 0.0)
    table, store = opened()
    for number in range(3):
        await accepted(table, number)
    assert store.threads == [threading.current_thread().name, JOURNALS_THREAD, JOURNALS_THREAD]


async def test_the_log_of_the_file_stays_short(opened: Opened) -> None:
    """Many small batches are moved into the file now and then: SQLite's log does not grow with them."""
    table, store = opened()
    for number in range(4 * disk.TIDY):
        await accepted(table, number)
    pages = disk.TIDY * 4
    assert store.path.with_name("jobs.sqlite3-wal").stat().st_size < LONG_LOG + pages * 4096


async def test_what_was_written_is_there(opened: Opened, tmp_path: Path) -> None:
    """One row for each job, whichever way it was written."""
    table, _ = opened()
    for count in (1, 2, 50):
        await asyncio.gather(*(accepted(table, number) for number in range(count)))
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in ("jobs.sqlite3", "jobs.sqlite3-wal"):
        (copy / part).write_bytes((tmp_path / part).read_bytes())
    with sqlite3.connect(copy / "jobs.sqlite3") as connection:
        found = connection.execute("select count(*), min(id), max(id) from jobs where state = 'queued'").fetchone()
    assert found == (53, 1, 53)


async def test_what_cannot_be_written_is_refused_and_tried_again(opened: Opened) -> None:
    """By the journal's thread; those who ask for the job once it is on disk get it."""
    table, store = opened()
    store.refuse(refuse=True)
    with pytest.raises(Unavailable, match="readonly"):
        await accepted(table)
    store.refuse(refuse=False)
    job = table.get(1, 1.0)
    assert job.acknowledgement
    await asyncio.wait_for(job.acknowledgement.settled(), LIMIT)
    assert store.threads[1:] == [JOURNALS_THREAD]


async def test_a_key_that_is_given_again_at_once_stays(tmp_path: Path) -> None:
    """Forgotten and given again within one batch, it is on disk."""
    store = Store(tmp_path / "jobs.sqlite3", "normal")
    journal = DiskJournal(store, tmp_path)
    entry = Entry("key", "fingerprint", 1, 1.0)
    for each in (entry, entry._replace(job=2)):
        journal.keyed(each)
        journal.unkeyed("key")
    journal.keyed(entry._replace(job=3))
    journal.unkeyed("other")
    await journal.close()
    reopened = Store(tmp_path / "jobs.sqlite3", "normal")
    assert reopened.kept.keys == [Entry("key", "fingerprint", 3, 1.0)]
    reopened.close()


@given(st.lists(st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.integers(1, 9)), max_size=5), max_size=4))
def test_batches_that_are_merged_leave_the_latest_keys(batches: list[list[tuple[bool, str, int]]]) -> None:
    """However often a batch has to be tried again with the next one."""
    merged, expected = Pending(), dict[str, int]()
    for batch in batches:
        pending = Pending()
        for is_given, key, job in batch:
            if is_given:
                pending.keys.add(key, Entry(key, "", job, 0.0))
                expected[key] = job
            else:
                pending.keys.drop([key])
                expected.pop(key, None)
        merged.update(pending)
    assert {key: entry.job for key, entry in merged.keys.put.items()} == expected
    assert not merged.keys.put.keys() & merged.keys.gone


def test_a_full_disk_costs_no_run(caplog: pytest.LogCaptureFixture) -> None:
    """A run that cannot be noted as in flight is done all the same, and the log says so."""
    in_flight = InFlight(Path("/dev/full"))
    in_flight.set(0, "key")
    in_flight.clear(0)
    in_flight.close()
    assert "could not be written ([Errno 28] No space left on device)" in caplog.text


async def test_a_client_that_goes_away_takes_nobody_along() -> None:
    """Others that wait for the same batch are still acknowledged."""
    acknowledgement = Acknowledgement()
    gone, staying = (asyncio.ensure_future(acknowledgement.settled()) for _ in range(2))
    await one_turn()
    gone.cancel()
    acknowledgement.settle()
    await asyncio.wait_for(staying, LIMIT)
    assert gone.cancelled()


async def test_those_who_wait_for_what_cannot_be_written_get_the_error() -> None:
    """Both those who waited then and those who ask later."""
    acknowledgement = Acknowledgement()
    waiting = asyncio.ensure_future(acknowledgement.settled())
    await one_turn()
    acknowledgement.settle("the disk is full")
    for acknowledged in (waiting, acknowledgement.settled()):
        with pytest.raises(Unavailable, match="the disk is full"):
            await acknowledged
