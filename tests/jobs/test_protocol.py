"""What any job store must do, through its protocol alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from service.errors import BadRequest, NotFound, ServiceError, Unavailable
from service.jobs.idempotency import keyed_request
from service.jobs.job import State
from service.jobs.protocol import Filter, JobStore
from service.runtime.editions import Editions
from service.runtime.lifespan import Service, lifespan
from tests.conftest import settings_for
from tests.jobs.database import Database
from tests.process import FAST, SLOW
from tests.waiting import LIMIT, one_turn, until

Opened = Callable[..., AbstractAsyncContextManager[Service]]
STORES = ("embedded", pytest.param("postgresql", marks=pytest.mark.long))
CANCELLED = ServiceError("the job was cancelled", status=409)
FOREVER = {"millions": 1_000_000}


class Store:
    """A store under test, and queries for it."""

    def __init__(self, jobs: JobStore, editions: Editions) -> None:
        self.jobs = jobs
        self.query = editions.query


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest) -> Opened:
    """Opens a service whose jobs are in the store."""
    if request.param == "embedded":
        return lifespan
    database: Database = request.getfixturevalue("database")
    return lambda settings: lifespan(database.settings(settings))


@pytest.fixture
async def store(make: Opened, small_csv: Path, tmp_path: Path) -> AsyncIterator[Store]:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    (tmp_path / "sql" / "fast.sql").write_text(FAST, encoding="utf-8")
    given: dict[str, Any] = {"catalog_folder": tmp_path / "sql", "workers_threads": 1, "workers_max_pending": 3}
    async with AsyncExitStack() as stack:
        settings = settings_for(tmp_path, dataset_csv=small_csv, **given)
        service = await stack.enter_async_context(make(settings))
        yield Store(service.jobs, service.editions)


async def test_ids_count_from_one(store: Store) -> None:
    """1, 2, 3, also when the answer is known already."""
    ids = [(await store.jobs.submit(store.query("fast", {}))).job.id for _ in range(3)]
    assert ids == [1, 2, 3]


async def test_a_job_ends_with_its_answer(store: Store) -> None:
    """And its answer is known from then on, unless it must be fresh."""
    query = store.query("fast", {})
    assert await store.jobs.known(query.key) is None
    job = await store.jobs.ended((await store.jobs.submit(query)).job, LIMIT)
    answer = await store.jobs.answer(job)
    assert answer is not None
    assert (job.state, job.rows, answer.result.rows()) == (State.DONE, 1, [(1,)])
    assert await store.jobs.known(query.key) is answer
    again = await store.jobs.ended((await store.jobs.submit(query, fresh=True)).job, LIMIT)
    assert await store.jobs.answer(again) is not answer


async def test_a_key_gives_the_same_job(store: Store) -> None:
    """With the same request; with another one it is refused."""
    query = store.query("fast", {})
    first = await store.jobs.submit(query, keyed=keyed_request("key", "fast", {}))
    second = await store.jobs.submit(query, keyed=keyed_request("key", "fast", {}))
    assert (first.known, second.known, second.job.id) == (False, True, first.job.id)
    with pytest.raises(BadRequest) as error:
        await store.jobs.submit(query, keyed=keyed_request("key", "slow", {}))
    assert error.value.status == 422


async def test_a_job_that_was_begun_can_be_acknowledged(store: Store) -> None:
    """It is found by its id then."""
    job = await store.jobs.begin(store.query("fast", {}))
    await store.jobs.acknowledge(job)
    assert (await store.jobs.get(job.id)).id == job.id


async def test_an_id_that_never_was_is_not_found(store: Store) -> None:
    """With status 404."""
    with pytest.raises(NotFound) as error:
        await store.jobs.get(1)
    assert error.value.status == 404


async def test_jobs_are_found_by_a_filter(store: Store) -> None:
    """By statistic, state, id, number and page."""
    for _ in range(3):
        job = (await store.jobs.submit(store.query("fast", {}))).job
        await store.jobs.ended(job, LIMIT)
    slow = (await store.jobs.submit(store.query("slow", FOREVER))).job

    async def ids(**wanted: Any) -> list[int]:
        return [job.id for job in (await store.jobs.find(Filter(**wanted))).jobs]

    assert await ids() == [1, 2, 3, 4]
    assert await ids(statistics={"slow"}) == [4]
    assert await ids(states={State.DONE}, after=1) == [2, 3]
    assert await ids(newest=2) == [3, 4]
    assert (await store.jobs.find(Filter(limit=2))).more
    assert await ids(since=slow.submitted_at + 1) == []
    await store.jobs.cancel(slow, CANCELLED)


async def test_running_and_queued_jobs_can_be_cancelled(store: Store) -> None:
    """Both end at once, and are pending no more."""
    running = (await store.jobs.submit(store.query("slow", FOREVER))).job
    while running.state is State.QUEUED:
        running = await store.jobs.changed(running, LIMIT)
    queued = (await store.jobs.submit(store.query("slow", {"millions": 999_999}))).job
    assert await store.jobs.pending() == 2
    for job in (queued, running):
        assert (await store.jobs.cancel(job, CANCELLED)).state is State.CANCELLED
    assert await store.jobs.pending() == 0
    await store.jobs.drained()


async def test_listeners_get_each_change(store: Store) -> None:
    """Of one job until its end; who comes back gets what was missed, or a reset."""
    job = (await store.jobs.submit(store.query("fast", {}))).job
    async with store.jobs.listen(job.id) as listener:
        seen = [event async for event in listener]
    assert seen[-1].job
    assert seen[-1].job.state is State.DONE
    async with store.jobs.listen(job.id, seen[-1].id) as listener:
        assert [event async for event in listener] == []
    async with store.jobs.listen(job.id, "unknown-5") as listener:
        assert [event.kind async for event in listener] == ["reset", "job"]


async def test_no_more_jobs_than_the_limit_may_be_pending(store: Store) -> None:
    """One more is refused for a while."""
    jobs = [(await store.jobs.submit(store.query("slow", {"millions": 999_990 + n}))).job for n in range(3)]
    with pytest.raises(Unavailable, match="3 jobs are pending"):
        await store.jobs.submit(store.query("fast", {}))
    for job in jobs:
        await store.jobs.cancel(job, CANCELLED)


async def test_a_store_that_refuses_new_jobs_finishes_the_others(store: Store) -> None:
    """As in a graceful shutdown; then listeners leave."""
    job = (await store.jobs.submit(store.query("slow", {"millions": 1}))).job
    store.jobs.refuse_new()
    with pytest.raises(Unavailable, match="shutting down"):
        await store.jobs.submit(store.query("fast", {}))
    await store.jobs.drained()
    assert (await store.jobs.get(job.id)).state is State.DONE
    async with store.jobs.listen() as listener:
        store.jobs.stop()
        assert [event async for event in listener] == []


async def test_a_known_answer_ends_a_job_at_once(store: Store) -> None:
    """It is done when `submit` returns, and has that very answer."""
    query = store.query("fast", {})
    first = await store.jobs.ended((await store.jobs.submit(query)).job, LIMIT)
    second = (await store.jobs.submit(query)).job
    assert second.state is State.DONE
    assert await store.jobs.answer(second) is await store.jobs.answer(first)


async def test_all_jobs_can_be_followed(store: Store) -> None:
    """Whoever listens without an id gets the changes of each, and those after an id once more."""
    states, seen = [State.QUEUED, State.RUNNING, State.DONE], []
    async with store.jobs.listen() as listener:
        for _ in range(2):
            await store.jobs.ended((await store.jobs.submit(store.query("fast", {}), fresh=True)).job, LIMIT)
        async for event in listener:
            seen.append(event)
            if len(seen) == 2 * len(states):
                store.jobs.stop()
    assert [(event.job.id, event.job.state) for event in seen if event.job] == [
        (number, state) for number in (1, 2) for state in states
    ]
    async with store.jobs.listen(after=seen[1].id) as listener:
        assert [event async for event in listener] == seen[2:]


async def test_an_engine_is_released_with_its_last_job(store: Store) -> None:
    """Not while a job runs on it; at once when none does."""
    query = store.query("slow", FOREVER)
    await store.jobs.released(query.engine)
    job = (await store.jobs.submit(query)).job
    while job.state is State.QUEUED:
        job = await store.jobs.changed(job, LIMIT)
    released = asyncio.ensure_future(store.jobs.released(query.engine))
    await one_turn()
    assert not released.done()
    await store.jobs.cancel(job, CANCELLED)
    await asyncio.wait_for(released, LIMIT)


async def test_a_job_that_is_cancelled_as_it_begins_is_stopped(store: Store) -> None:
    """Whoever follows a job may learn that it runs before its own replica does."""
    query = store.query("slow", FOREVER)
    for _ in range(20):
        job = (await store.jobs.submit(query)).job
        while job.state is State.QUEUED:
            job = await store.jobs.changed(job, LIMIT)
        await store.jobs.cancel(job, CANCELLED)
        await asyncio.wait_for(store.jobs.released(query.engine), LIMIT)


async def test_a_submitted_job_is_there_after_a_restart(make: Opened, small_csv: Path, tmp_path: Path) -> None:
    """What had ended has its answer, what had not runs again, and ids and keys go on."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    (tmp_path / "sql" / "fast.sql").write_text(FAST, encoding="utf-8")
    settings = settings_for(tmp_path, dataset_csv=small_csv, catalog_folder=tmp_path / "sql", workers_threads=1)
    key = keyed_request("key", "fast", {})
    async with make(settings) as service:
        fast = (await service.jobs.submit(service.editions.query("fast", {}), keyed=key)).job
        await service.jobs.ended(fast, LIMIT)
        slow = (await service.jobs.submit(service.editions.query("slow", FOREVER))).job
    async with make(settings) as service:
        answer = await service.jobs.answer(await service.jobs.get(fast.id))
        assert answer is not None
        assert answer.result.rows() == [(1,)]
        assert (await service.jobs.submit(service.editions.query("fast", {}), keyed=key)).job.id == fast.id
        again = await service.jobs.get(slow.id)
        assert not again.finished
        await service.jobs.cancel(again, CANCELLED)
        assert (await service.jobs.submit(service.editions.query("fast", {}))).job.id > slow.id


async def test_a_job_that_is_kept_no_longer_has_gone(make: Opened, small_csv: Path, tmp_path: Path) -> None:
    """With status 410, which tells it from an id that never was."""
    settings = settings_for(tmp_path, dataset_csv=small_csv, jobs_keep=1)
    async with make(settings) as service:
        query = service.editions.query("best5", {"question": "Q036"})
        for _ in range(2):
            await service.jobs.ended((await service.jobs.submit(query)).job, LIMIT)

        async def has_gone() -> bool:
            try:
                await service.jobs.get(1)
            except NotFound as error:
                return error.status == 410
            return False

        await until(has_gone)
