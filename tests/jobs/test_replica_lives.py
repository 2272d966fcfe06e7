"""A replica's life: it joins, loses its connection and comes back, leaves, and meets jobs that nobody can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import StartError, Unavailable
from service.jobs.job import State
from service.jobs.postgresql import replica as replicas
from service.jobs.postgresql import retention
from service.jobs.postgresql.store import PostgreSQLStore
from service.runtime.lifespan import lifespan
from tests.conftest import settings_for
from tests.jobs.database import Database
from tests.jobs.replicas import Replica, found, lose_connection, number_of, running, sql
from tests.postgresql import PASSWORD
from tests.process import FAST, SLOW
from tests.waiting import LIMIT, until

pytestmark = pytest.mark.long

QUEUED = """
    insert into health.jobs (id, statistic, arguments, key, fits, fresh, request_id, submitted_at, state)
    select nextval('health.job_ids'), 'fast', '{}', 'key' || n, 'elsewhere', false, '', 0, 'queued'
    from generate_series(1, 3000) as n
"""
RUNNING = """
    insert into health.jobs
        (id, statistic, arguments, key, fits, fresh, request_id, submitted_at, state, started_at, replica, crashes)
    select nextval('health.job_ids'), 'fast', '{}', 'key', 'elsewhere', false, '', 0, 'running', 0, 1000000, 1
"""


async def test_a_replica_that_lost_its_connection_comes_back(replica: Replica, database: Database) -> None:
    """As another one, and what it ran runs again, without counting as a crash of the job's."""
    service = await replica()
    number = number_of(service)
    job = (await service.jobs.submit(service.editions.query("slow", {"millions": 30}))).job
    for _ in range(3):
        await service.jobs.changed(job, LIMIT)
        await lose_connection(database)
        await until(lambda number=number: number_of(service) not in (None, number))  # type: ignore[misc]
        number = number_of(service)
    assert (await service.jobs.ended(await service.jobs.get(job.id), LIMIT)).state is State.DONE


async def test_only_a_replica_that_fits_runs_a_job(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the SQL is another statistic; a job that no replica can run ends, and says so."""
    old = await replica()
    await running(old)  # its only worker is busy
    job = (await old.jobs.submit(old.editions.query("fast", {}))).job
    new = await replica(fast=FAST.replace("1 as one", "2 as one"))
    other = await new.jobs.ended((await new.jobs.submit(new.editions.query("fast", {}))).job, LIMIT)
    answer = await new.jobs.answer(other)
    assert answer is not None
    assert answer.result.rows() == [(2,)]
    assert (await new.jobs.get(job.id)).state is State.QUEUED
    old.jobs.stop()
    assert isinstance(old.jobs, PostgreSQLStore)
    old.jobs.replica.leave()
    monkeypatch.setattr(replicas, "UNFIT", 0.0)
    ended = await new.jobs.ended(await new.jobs.get(job.id), LIMIT)
    assert ended.error is not None
    assert "no replica has the table and the SQL" in ended.error.reason


async def test_one_of_two_ends_without_losing_a_job(replica: Replica) -> None:
    """It finishes what it runs; what is queued the other one runs."""
    first, second = await replica(), await replica()
    jobs = [(await first.jobs.submit(first.editions.query("slow", {"millions": n}))).job for n in range(1, 12)]
    first.jobs.refuse_new()
    with pytest.raises(Unavailable, match="this replica is shutting down"):
        await first.jobs.submit(first.editions.query("fast", {}))
    await first.jobs.drained()
    first.jobs.stop()
    ended = [await second.jobs.ended(await second.jobs.get(job.id), LIMIT) for job in jobs]
    assert {job.state for job in ended} == {State.DONE}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"postgresql://health:{PASSWORD}@127.0.0.1:1/nowhere", "PostgreSQL cannot be reached"),
        (f"mysql://health:{PASSWORD}@127.0.0.1/nowhere", "postgresql://user:password@host/name is wanted"),
        (f"postgresql://health:{PASSWORD}@127.0.0.1:port/nowhere", "PostgreSQL cannot be reached"),
    ],
)
async def test_a_wrong_url_is_explained(small_csv: Path, tmp_path: Path, url: str, reason: str) -> None:
    """Without the password."""
    settings = settings_for(tmp_path, dataset_csv=small_csv, jobs_store="postgresql", jobs_url=url)
    with pytest.raises(StartError, match=reason) as error:
        async with lifespan(settings):
            pass
    assert PASSWORD not in error.value.reason


async def test_many_jobs_may_end_at_once(replica: Replica, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is more than one notification may tell; the replica lives on."""
    monkeypatch.setattr(replicas, "UNFIT", 0.0)
    service = await replica()
    number = number_of(service)
    await sql(database, QUEUED)
    last = await service.jobs.get(3000)
    assert (await service.jobs.ended(last, LIMIT)).state is State.ERROR
    assert await service.jobs.pending() == 0
    assert number_of(service) == number


async def test_a_job_that_fits_nobody_waits_a_minute(replica: Replica, database: Database) -> None:
    """From when that is so, however old it is: who can run it may be starting again."""
    service = await replica()
    await sql(database, QUEUED)
    await found(database, "select id from health.jobs where unfit_since is not null")
    assert (await service.jobs.get(1)).state is State.QUEUED


@pytest.mark.parametrize(("joined", "state"), [("clock_timestamp()", "error"), ("'2000-01-01'", "queued")])
async def test_the_end_of_postgresql_is_no_crash(replica: Replica, database: Database, joined: str, state: str) -> None:
    """A replica that joined before PostgreSQL started has lost it; one that joined since has crashed."""
    await replica()
    columns = "(id, fits, joined_at) overriding system value"
    row = f"insert into health.replicas {columns} values (1000000, '{{}}', {joined})"
    await sql(database, "begin", row, RUNNING, "commit")
    assert (await found(database, "select state from health.jobs where state <> 'running'"))["state"] == state


@pytest.mark.parametrize("table", ["replicas", "jobs", "answers"])
async def test_whatever_a_look_fails_of_a_replica_comes_back(
    replica: Replica, database: Database, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """It refuses jobs meanwhile, and serves again when that is mended."""
    monkeypatch.setattr(retention, "EACH", 0.0)
    service = await replica()
    store = service.jobs
    assert isinstance(store, PostgreSQLStore)
    await sql(database, f"alter table health.{table} rename to hidden")
    await until(lambda: store.replica.fault is not None)
    with pytest.raises(Unavailable):
        await service.jobs.submit(service.editions.query("fast", {}))
    await sql(database, f"alter table health.hidden rename to {table}")
    await until(lambda: store.replica.fault is None)
    job = (await service.jobs.submit(service.editions.query("fast", {}))).job
    assert (await service.jobs.ended(job, LIMIT)).state is State.DONE


async def test_the_last_of_a_version_ends_what_only_it_can_run(replica: Replica) -> None:
    """In a restart one by one, the jobs that the old ones accepted are finished by the last of them."""
    old = await replica()
    await replica(slow=SLOW.replace("--", "-- Anew.\n--", 1))
    jobs = [(await old.jobs.submit(old.editions.query("slow", {"millions": n}))).job for n in range(1, 8)]
    old.jobs.refuse_new()
    await old.jobs.drained()
    assert {(await old.jobs.get(job.id)).state for job in jobs} == {State.DONE}


async def test_a_folder_of_its_own_is_refused(replica: Replica, tmp_path: Path) -> None:
    """Where another replica keeps its long answers elsewhere."""
    await replica()
    with pytest.raises(StartError, match="is not the folder that other replicas keep long answers in"):
        await replica(results_folder=tmp_path / "elsewhere")
