"""Replicas of the service with one PostgreSQL: any of them answers for any job, and the end of one loses none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from service.errors import NotFound, ServiceError, StartError, Unavailable
from service.jobs.idempotency import keyed_request
from service.jobs.job import Job, State
from service.jobs.postgresql import replica as replicas
from service.jobs.postgresql import retention
from service.jobs.postgresql.batches import Batches
from service.jobs.postgresql.store import PostgreSQLStore
from service.jobs.protocol import Filter
from service.runtime.lifespan import Service, lifespan
from tests.conftest import settings_for
from tests.folders import folder_of
from tests.jobs.conftest import Database
from tests.postgresql import PASSWORD
from tests.process import FAST, SLOW
from tests.waiting import LIMIT, until

pytestmark = pytest.mark.long

CANCELLED = ServiceError("the job was cancelled", status=409)
FOREVER = {"millions": 1_000_000}
LONG = """\
-- Many rows.
-- $rows integer(1..1000000) = 1: how many
-- returns: rows
select range as n from range($rows)
"""
Replica = Callable[..., Awaitable[Service]]


@pytest.fixture
async def replica(database: Database, small_csv: Path, tmp_path: Path) -> AsyncIterator[Replica]:
    """A function that starts one more replica, with statistics of its own; all share the folder of long answers."""
    async with AsyncExitStack() as stack:
        numbers = iter("abcdefgh")

        async def start(fast: str = FAST, slow: str = SLOW, **variables: object) -> Service:
            folder = tmp_path / next(numbers)
            folder.mkdir()
            sql = folder_of(folder / "sql", slow=slow, fast=fast, long=LONG)
            given = {"dataset_csv": small_csv, "catalog_folder": sql, "workers_threads": 1, "results_memory_rows": 1000}
            settings = settings_for(folder, **given | variables, results_folder=tmp_path / "results")
            return await stack.enter_async_context(lifespan(database.settings(settings)))

        yield start


async def running(service: Service, **arguments: object) -> Job:
    """A job without end, which runs in that replica or another."""
    job = (await service.jobs.submit(service.editions.query("slow", {**FOREVER, **arguments}))).job
    while job.state is State.QUEUED:
        job = await service.jobs.changed(job, LIMIT)
    return job


def number_of(service: Service) -> int | None:
    assert isinstance(service.jobs, PostgreSQLStore)
    return service.jobs.claims.replica


async def lose_connection(database: Database) -> None:
    """End every connection that a replica listens on."""
    connection = await asyncpg.connect(database.url)
    try:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def test_any_replica_answers_for_any_job(replica: Replica) -> None:
    """Its state, its answer, also one on the disk, and the list of jobs."""
    first, second = await replica(), await replica()
    for name, arguments, rows in (("fast", {}, 1), ("long", {"rows": 5000}, 5000)):
        job = (await first.jobs.submit(first.editions.query(name, arguments))).job
        there = await second.jobs.ended(await second.jobs.get(job.id), LIMIT)
        answer = await second.jobs.answer(there)
        assert answer is not None
        assert (there.state, there.rows, len(answer.result.rows())) == (State.DONE, rows, rows)
    assert [job.statistic for job in (await second.jobs.find(Filter())).jobs] == ["fast", "long"]


async def test_what_one_knows_all_know(replica: Replica) -> None:
    """Nothing runs again, in whichever replica it is asked; not so where it must be fresh."""
    first, second = await replica(), await replica()
    query = first.editions.query("fast", {})
    first_job = await first.jobs.ended((await first.jobs.submit(query)).job, LIMIT)
    known = await second.jobs.known(query.key)
    computed = await first.jobs.answer(first_job)
    assert known is not None
    assert computed is not None
    assert known.provenance.computed_at == computed.provenance.computed_at
    assert (await second.jobs.submit(second.editions.query("fast", {}))).job.state is State.DONE
    fresh = (await second.jobs.submit(second.editions.query("fast", {}), fresh=True)).job
    assert fresh.state is State.QUEUED
    await second.jobs.ended(fresh, LIMIT)


async def test_a_job_is_cancelled_from_elsewhere(replica: Replica) -> None:
    """Its worker is free again: what waited for it runs."""
    first = await replica()
    job = await running(first)
    second = await replica()
    other = await running(second, millions=999_999)
    assert (await second.jobs.cancel(await second.jobs.get(job.id), CANCELLED)).state is State.CANCELLED
    assert (await first.jobs.cancel(await first.jobs.get(other.id), CANCELLED)).state is State.CANCELLED
    for service in (first, second):
        ended = await service.jobs.ended((await service.jobs.submit(service.editions.query("fast", {}))).job, LIMIT)
        assert ended.state is State.DONE


async def test_a_key_counts_in_every_replica(replica: Replica) -> None:
    """The same job, also for requests that come at the same time."""
    services = [await replica(), await replica()]
    key = keyed_request("key", "fast", {})
    submitted = await asyncio.gather(
        *(service.jobs.submit(service.editions.query("fast", {}), keyed=key) for service in services * 10)
    )
    assert len({each.job.id for each in submitted}) == 1
    assert [each.known for each in submitted].count(False) == 1


async def test_events_come_from_every_replica(replica: Replica) -> None:
    """Whoever follows a job gets its end, wherever it runs; an id of another replica's is answered by a reset."""
    first, second = await replica(), await replica()
    job = await running(first)
    async with second.jobs.listen(job.id, "elsewhere-1") as listener:
        await first.jobs.cancel(job, CANCELLED)
        seen = [(event.kind, event.job.state if event.job else None) async for event in listener]
    assert seen[0] == ("reset", None)
    assert seen[-1] == ("job", State.CANCELLED)


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


async def test_jobs_that_ask_the_same_run_once(replica: Replica) -> None:
    """Whichever replica they came to: the later ones wait for the answer of the first."""
    services = [await replica(), await replica()]
    jobs = [
        (await service.jobs.submit(service.editions.query("slow", {"millions": 20}))).job for service in services * 3
    ]
    ended = [await services[0].jobs.ended(job, LIMIT) for job in jobs]
    answers = {id(await services[0].jobs.answer(job)) for job in ended}
    assert ({job.state for job in ended}, len(answers)) == ({State.DONE}, 1)


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


async def test_an_answer_whose_file_is_lost_is_gone(replica: Replica, tmp_path: Path) -> None:
    """410 for its job; asked again it is computed anew."""
    first, second = await replica(), await replica()
    query = first.editions.query("long", {"rows": 5000})
    job = await first.jobs.ended((await first.jobs.submit(query)).job, LIMIT)
    [file] = (tmp_path / "results").glob("*.arrow")
    file.unlink()
    with pytest.raises(NotFound) as error:
        await second.jobs.answer(await second.jobs.get(job.id))
    assert error.value.status == 410
    assert await second.jobs.known(query.key) is None
    again = await second.jobs.ended((await second.jobs.submit(query)).job, LIMIT)
    assert await second.jobs.answer(again) is not None


async def sql(database: Database, *statements: str) -> list[asyncpg.Record]:
    """What the last of them gives."""
    connection = await asyncpg.connect(database.url)
    try:
        rows: list[asyncpg.Record] = [await connection.fetch(statement) for statement in statements][-1]
        return rows
    finally:
        await connection.close()


async def found(database: Database, statement: str) -> asyncpg.Record:
    """Its first row, once there is one."""
    while not (rows := await sql(database, statement)):  # noqa: ASYNC110 - replicas change it
        await asyncio.sleep(0.01)
    return rows[0]


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


async def test_who_waits_for_the_same_answer_gets_it_at_once(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the next look of a replica, which does not come in this test."""
    monkeypatch.setattr(replicas, "EACH", 1000.0)
    service = await replica(workers_threads=2)
    query = service.editions.query("slow", {"millions": 5})
    first = await running(service, millions=5)
    second = (await service.jobs.submit(query)).job
    for job in (first, second):
        assert (await service.jobs.ended(job, LIMIT)).state is State.DONE


async def test_a_key_finds_its_job_also_at_the_limit(replica: Replica) -> None:
    """A request that is sent again adds no job."""
    service = await replica(workers_max_pending=1)
    query, key = service.editions.query("slow", FOREVER), keyed_request("key", "slow", FOREVER)
    first = await service.jobs.submit(query, keyed=key)
    again = await service.jobs.submit(query, keyed=key)
    assert (again.known, again.job.id) == (True, first.job.id)


async def test_the_list_reads_no_answer(replica: Replica, tmp_path: Path) -> None:
    """It tells of each job's table, also where the rows of one are lost."""
    first, second = await replica(), await replica()
    query = first.editions.query("long", {"rows": 5000})
    await first.jobs.ended((await first.jobs.submit(query)).job, LIMIT)
    [file] = (tmp_path / "results").glob("*.arrow")
    file.unlink()
    [job] = (await second.jobs.find(Filter())).jobs
    assert job.describe()["dataset"] == query.engine.facts.version


async def test_an_answer_of_many_jobs_counts_once(replica: Replica, database: Database) -> None:
    """And the newest job stays, however large its answer is."""
    service = await replica(jobs_keep_bytes=20_000)
    query = service.editions.query("long", {"rows": 500})
    jobs = [await service.jobs.ended((await service.jobs.submit(query)).job, LIMIT) for _ in range(20)]
    other = service.editions.query("long", {"rows": 999})
    last = await service.jobs.ended((await service.jobs.submit(other)).job, LIMIT)
    connection = await asyncpg.connect(database.url)
    try:
        assert isinstance(service.jobs, PostgreSQLStore)
        await service.jobs.tidy._tidy(connection, time.time())
        assert (await service.jobs.get(jobs[0].id)).state is State.DONE
        await sql(database, "update health.answers set bytes = 1000000")
        await service.jobs.tidy._tidy(connection, time.time())
    finally:
        await connection.close()
    assert [job.id for job in (await service.jobs.find(Filter())).jobs] == [last.id]


async def test_one_item_that_fails_spoils_no_other() -> None:
    """Of a batch that cannot be done as a whole each is done alone."""

    async def halve(numbers: Sequence[int]) -> Sequence[float]:
        return [1 / number for number in numbers]

    batches = Batches(halve)
    done = await asyncio.gather(*(batches.add(number) for number in (1, 0, 2)), return_exceptions=True)
    assert (done[0], type(done[1]), done[2]) == (1, ZeroDivisionError, 0.5)
