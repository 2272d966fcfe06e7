"""The pool: what runs can always be stopped."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from service.dataset import Dataset
from service.errors import ServiceError
from service.jobs.embedded.pool import Pool
from service.jobs.embedded.table import JobTable
from service.jobs.job import State
from service.settings import Settings
from service.statistics.statistic import Statistic
from tests.conftest import engine_on, load_catalog
from tests.process import SLOW
from tests.waiting import LIMIT, one_turn

FOREVER = {"millions": 1_000_000}


@pytest.fixture
def slow(dataset: Dataset, tmp_path: Path) -> Statistic:
    """A statistic that takes longer than any test, and may take 10 ms."""
    (tmp_path / "slow.sql").write_text(
        SLOW.replace("-- returns", "-- time limit: 0.01 s\n-- returns"), encoding="utf-8"
    )
    return load_catalog(tmp_path, dataset).statistics["slow"]


async def test_abandoning_ends_every_thread(slow: Statistic, dataset: Dataset, settings: Settings) -> None:
    """Whatever a thread does at that moment (taking, preparing or running a job), it does not end the job first."""
    endless = replace(slow, time_limit=None)
    engine = engine_on(dataset)
    for _ in range(60):
        pool = Pool(JobTable(settings.jobs, settings.results.disk_bytes), settings)
        for _ in range(random.randint(1, 6)):
            pool.submit(engine, endless, FOREVER)
        for _ in range(random.randint(1, 40)):
            await one_turn()
        pool.abandon()
        pool.close()
        await one_turn()


async def test_a_time_limit_is_never_missed(slow: Statistic, dataset: Dataset, settings: Settings) -> None:
    """However the limit falls on the statement's start, each job ends with a 504."""
    pool = Pool(JobTable(settings.jobs, settings.results.disk_bytes), settings)
    try:
        jobs = [pool.submit(engine_on(dataset), slow, FOREVER) for _ in range(40)]
        assert all(await asyncio.gather(*(job.ended(LIMIT) for job in jobs)))
    finally:
        pool.abandon()
        pool.close()
    assert {job.state for job in jobs} == {State.ERROR}
    assert all(isinstance(job.error, ServiceError) and job.error.status == 504 for job in jobs)
