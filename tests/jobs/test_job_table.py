"""The job table: ids, states, and what is kept."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers.answer import Answer
from service.encoding import iso
from service.errors import NotFound, ServiceError
from service.jobs.embedded.job_table import JobTable
from service.jobs.embedded.table_job import TableJob
from service.jobs.job import TRANSITIONS, State
from service.jobs.protocol import Filter
from tests.jobs.parts import answer_of, table_of


def added(jobs: JobTable) -> TableJob:
    return jobs.add("states_mean", {}, "key", 1.0)


def finished(jobs: JobTable, now: float = 1.0, answer: Answer | None = None) -> TableJob:
    job = added(jobs)
    jobs.start(job, now)
    jobs.finish(job, State.DONE, now, answer)
    return job


async def test_ids_count_from_one() -> None:
    """Ids are 1, 2, 3, also when jobs have gone."""
    jobs = table_of(keep=0)
    assert [finished(jobs).id for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_a_job_goes_through_its_states() -> None:
    """Queued, running, done; its times are kept and those who wait are woken."""
    jobs = table_of()
    job = added(jobs)
    assert (job.state, jobs.pending, job.finished) == (State.QUEUED, 1, False)
    jobs.start(job, 2.0)
    assert (job.state, jobs.pending) == (State.RUNNING, 1)
    jobs.finish(job, State.ERROR, 3.5, ServiceError("why"))
    assert await job.ended(1)
    assert (job.started_at, job.finished_at, job.finished, jobs.pending) == (2.0, 3.5, True, 0)
    assert job.describe()["reason"] == "why"


@pytest.mark.parametrize("ended", [State.DONE, State.ERROR, State.CANCELLED])
async def test_an_end_is_final(ended: State) -> None:
    """A job that has ended never changes its state again."""
    jobs = table_of()
    job = added(jobs)
    jobs.start(job, 1.0)
    jobs.finish(job, ended, 1.0)
    for state in (State.RUNNING, State.DONE):
        with pytest.raises(AssertionError, match=f"is {ended} and cannot become {state}"):
            jobs.start(job, 1.0) if state is State.RUNNING else jobs.finish(job, state, 1.0)


def test_every_state_has_its_transitions() -> None:
    """The table of transitions knows every state, and every state can be reached."""
    assert set(TRANSITIONS) == set(State)
    assert set().union(*TRANSITIONS.values()) | {State.QUEUED} == set(State)


async def test_the_oldest_go_above_the_number() -> None:
    """Above the number of jobs to keep the oldest finished ones go; pending ones stay."""
    jobs = table_of(keep=2)
    pending = added(jobs)
    kept = [finished(jobs) for _ in range(4)][-2:]
    assert [job.id for job in jobs.find(Filter(), 1.0).jobs] == [pending.id, *(job.id for job in kept)]


async def test_old_ones_go_after_the_time() -> None:
    """A finished job goes when it is old enough, also when nothing new comes."""
    jobs = table_of(keep_seconds=10)
    job = finished(jobs, now=100.0)
    assert jobs.get(job.id, 110.0) is job
    with pytest.raises(NotFound) as error:
        jobs.get(job.id, 110.1)
    assert error.value.status == 410


async def test_the_answers_are_bounded_in_bytes() -> None:
    """Large answers push out old ones; one that several jobs share counts once."""
    jobs = table_of(keep_bytes=100_000)
    shared = answer_of(40_000)
    ids = [finished(jobs, answer=shared).id for _ in range(5)] + [finished(jobs, answer=answer_of(40_000)).id]
    assert [job.id for job in jobs.find(Filter(), 1.0).jobs] == ids
    last = finished(jobs, answer=answer_of(40_000)).id
    assert [job.id for job in jobs.find(Filter(), 1.0).jobs] == [ids[-1], last]


async def test_a_job_that_never_was_is_not_found() -> None:
    """An id above the newest is 404, not 410."""
    jobs = table_of()
    finished(jobs)
    for job_id in (0, 2):
        with pytest.raises(NotFound, match="there is no job") as error:
            jobs.get(job_id, 1.0)
        assert error.value.status == 404


@given(st.integers(0, 5), st.lists(st.sampled_from(["add", "start", "finish"])))
def test_any_order_of_events_keeps_the_counts(keep: int, events: list[str]) -> None:
    """Pending and kept jobs are counted rightly after any events."""

    async def play() -> None:
        jobs = table_of(keep=keep)
        queued: list[TableJob] = []
        running: list[TableJob] = []
        ended = 0
        for event in events:
            if event == "add":
                queued.append(added(jobs))
            elif event == "start" and queued:
                running.append(queued.pop(0))
                jobs.start(running[-1], 1.0)
            elif event == "finish" and running:
                jobs.finish(running.pop(), State.DONE, 1.0)
                ended += 1
            assert jobs.pending == len(queued) + len(running)
            assert len(jobs.find(Filter(), 1.0).jobs) == jobs.pending + min(ended, keep)

    asyncio.run(play())


def test_times_are_utc_with_a_z() -> None:
    """Times are written as ISO 8601 with milliseconds."""
    assert iso(1_700_000_000.1234) == "2023-11-14T22:13:20.123Z"
    assert iso(1_700_000_000) == "2023-11-14T22:13:20.000Z"


async def test_arguments_count_in_what_is_kept() -> None:
    """Jobs without an answer keep what their client sent, which may be long."""
    jobs = table_of(keep_bytes=10_000)
    for _ in range(5):
        job = jobs.add("state_mean", {"state": "x" * 4000}, "key", 1.0)
        jobs.finish(job, State.CANCELLED, 1.0)
    assert [job.id for job in jobs.find(Filter(), 1.0).jobs] == [4, 5]
