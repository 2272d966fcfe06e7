"""The pool: what runs can always be stopped."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from service.answers.store import AnswerStore
from service.dataset import Dataset
from service.errors import ServiceError, Unavailable
from service.jobs.embedded.table_job import TableJob
from service.jobs.job import State
from service.jobs.query import make_query
from service.jobs.runner import threads
from service.jobs.runner.in_flight import InFlight
from service.jobs.runner.pool import Pool
from service.settings import Settings
from service.statistics.statistic import Statistic
from tests.conftest import engine_on, load_catalog
from tests.jobs.parts import table_of
from tests.process import SLOW
from tests.waiting import LIMIT, one_turn, wait_until

FOREVER = {"millions": 1_000_000}


@pytest.fixture
def slow(dataset: Dataset, tmp_path: Path) -> Statistic:
    """A statistic that takes longer than any test, and may take 10 ms."""
    (tmp_path / "slow.sql").write_text(
        SLOW.replace("-- returns", "-- time limit: 0.01 s\n-- returns"), encoding="utf-8"
    )
    return load_catalog(tmp_path, dataset).statistics["slow"]


class Parts:
    """A pool with its table."""

    def __init__(self, settings: Settings, dataset: Dataset) -> None:
        answers = AnswerStore(0)
        self._others = set(threading.enumerate())  # of servers that other tests share
        self.table = table_of(answers)
        self.in_flight = InFlight(None)
        self.pool = Pool(settings, self.table, answers, self.in_flight)
        self.engine = engine_on(dataset)

    def submit(self, statistic: Statistic) -> TableJob:
        query = make_query(self.engine, statistic, FOREVER)
        job = self.table.add(statistic.name, query.arguments, query.key, 1.0)
        self.pool.run(job, query)
        return job

    def close(self) -> None:
        self.pool.abandon()
        wait_until(self._has_ended)  # which takes more than one try on a busy machine
        self.in_flight.close()

    def _has_ended(self) -> bool:
        self.pool.close()
        return not any(thread.name.startswith(threads.NAME) for thread in set(threading.enumerate()) - self._others)


async def test_abandoning_ends_every_thread(slow: Statistic, dataset: Dataset, settings: Settings) -> None:
    """Whatever a thread does at that moment (taking, preparing or running a job), it does not end the job first."""
    endless = replace(slow, time_limit=None)
    for _ in range(60):
        parts = Parts(settings, dataset)
        for _ in range(random.randint(1, 6)):
            parts.submit(endless)
        for _ in range(random.randint(1, 40)):
            await one_turn()
        parts.close()
        await one_turn()


async def test_a_time_limit_is_never_missed(slow: Statistic, dataset: Dataset, settings: Settings) -> None:
    """However the limit falls on the statement's start, each job ends with a 504."""
    parts = Parts(settings, dataset)
    try:
        jobs = [parts.submit(slow) for _ in range(40)]
        assert all(await asyncio.gather(*(job.ended(LIMIT) for job in jobs)))
    finally:
        parts.close()
    assert {job.state for job in jobs} == {State.ERROR}
    assert all(isinstance(job.error, ServiceError) and job.error.status == 504 for job in jobs)


async def test_an_error_keeps_nothing_of_its_run(slow: Statistic, dataset: Dataset, settings: Settings) -> None:
    """A job keeps its error, which must not keep the frames of the thread, with the rows that they had."""
    parts = Parts(settings, dataset)
    try:
        job = parts.submit(slow)
        assert await job.ended(LIMIT)
    finally:
        parts.close()
    assert job.error
    assert (job.error.__traceback__, job.error.__context__, job.error.__cause__) == (None, None, None)


async def test_what_no_thread_would_take_is_refused(
    slow: Statistic, dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost worker whose place could not be taken, for want of a thread, is replaced as soon as there is one."""
    parts = Parts(structs.replace(settings, workers=structs.replace(settings.workers, threads=1)), dataset)
    [worker] = parts.pool._threads._serving
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        parts.pool._threads.give_up(worker)
        with pytest.raises(Unavailable, match="no thread can be started"):
            parts.submit(slow)
    job = parts.submit(slow)
    assert await job.ended(LIMIT)
    parts.pool._threads.has_returned(worker)
    parts.close()


def no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
