"""Replicas of the service with one PostgreSQL: any of them answers for any job, and the end of one loses none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from service.errors import NotFound
from service.jobs.idempotency import keyed_request
from service.jobs.job import State
from service.jobs.postgresql import replica as replicas
from service.jobs.postgresql.batches import Batches
from service.jobs.postgresql.store import PostgreSQLStore
from service.jobs.protocol import Filter
from tests.jobs.database import Database
from tests.jobs.replicas import CANCELLED, FOREVER, Replica, running, sql
from tests.waiting import LIMIT

pytestmark = pytest.mark.long


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


async def test_jobs_that_ask_the_same_run_once(replica: Replica) -> None:
    """Whichever replica they came to: the later ones wait for the answer of the first."""
    services = [await replica(), await replica()]
    jobs = [
        (await service.jobs.submit(service.editions.query("slow", {"millions": 20}))).job for service in services * 3
    ]
    ended = [await services[0].jobs.ended(job, LIMIT) for job in jobs]
    answers = {id(await services[0].jobs.answer(job)) for job in ended}
    assert ({job.state for job in ended}, len(answers)) == ({State.DONE}, 1)


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
        await service.jobs.retention._remove_old(connection, time.time())
        assert (await service.jobs.get(jobs[0].id)).state is State.DONE
        await sql(database, "update health.answers set bytes = 1000000")
        await service.jobs.retention._remove_old(connection, time.time())
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
