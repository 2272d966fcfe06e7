"""The store of answers: what it remembers and holds stays within its bounds, and each rendering is made once."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.answers.answer import Answer
from service.answers.store import AnswerStore, Rendering
from tests.client import Client
from tests.conftest import Serve
from tests.jobs.parts import answer_of
from tests.waiting import one_turn

BOUND = 30_000


def rendering_of(size: int) -> Rendering:
    return Rendering(body=b"x" * size, hash="0")


async def kept(store: AnswerStore, answer: Answer, key: str, size: int) -> None:
    async def make() -> Rendering:
        return rendering_of(size)

    await store.rendering(answer, key, make)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "hold", "release", "render"]), st.integers(0, 3), st.integers(1, 9000)),
        max_size=40,
    )
)
def test_the_bytes_are_counted_rightly(steps: list[tuple[str, int, int]]) -> None:
    """After any steps: what is remembered is within its bound, and what is held is the sum of the answers held."""

    async def play() -> None:
        store = AnswerStore(BOUND)
        answers = [answer_of(1000 * (number + 1), f"key{number}") for number in range(4)]
        holders = [0] * 4
        for step, number, size in steps:
            if step == "add":
                store.add(answers[number])
            elif step == "hold":
                store.hold(answers[number])
                holders[number] += 1
            elif step == "release" and holders[number]:
                store.release(answers[number])
                holders[number] -= 1
            elif step == "render":
                await kept(store, answers[number], f"{size}", size)
                await one_turn()
            held = sum(store.bytes_of(each) for each, count in zip(answers, holders, strict=True) if count)
            assert store.held_bytes == held
            remembered = [each for each in answers if store.known(each.key) is each]
            assert sum(map(store.bytes_of, remembered)) <= store.remembered_bytes <= BOUND

    asyncio.run(play())


async def test_a_rendering_is_made_once_for_all_who_ask_meanwhile() -> None:
    """One that is being made is waited for; one who leaves cancels it for nobody else."""
    store, answer, made, go = AnswerStore(BOUND), answer_of(10), [], asyncio.Event()

    async def make() -> Rendering:
        made.append(1)
        await go.wait()
        return rendering_of(10)

    leaving, staying = (asyncio.ensure_future(store.rendering(answer, "csv", make)) for _ in range(2))
    await one_turn()
    leaving.cancel()
    go.set()
    assert (await staying).body == b"x" * 10
    assert made == [1]


async def test_a_rendering_that_failed_is_tried_again() -> None:
    """A failure is not remembered."""
    store, answer = AnswerStore(BOUND), answer_of(10)

    async def fail() -> Rendering:
        raise ValueError("no picture")

    with pytest.raises(ValueError, match="no picture"):
        await store.rendering(answer, "svg", fail)
    await kept(store, answer, "svg", 10)
    assert store.bytes_of(answer) > answer.result.memory_bytes


def test_an_answer_is_released_with_the_last_job_that_holds_it() -> None:
    """The journal is told once."""
    released: list[Answer] = []
    store, answer = AnswerStore(BOUND, released.append), answer_of(10)
    store.hold(answer)
    store.hold(answer)
    store.release(answer)
    assert released == []
    store.release(answer)
    assert released == [answer]


async def test_what_a_waiting_post_has_made_counts(serve: Serve) -> None:
    """Renderings of a POST with `Prefer: wait` take room like any other, so old answers make way for them."""
    client: Client = await serve(cache_bytes=20_000)
    store = client.service.renderings._store
    for year in range(2011, 2022):
        body = {"question": "Q036", "since": year}
        for meta in ("true", "false"):
            reply = await client.post(f"/api/states_mean?meta={meta}", body, headers={"Prefer": "wait=60"})
            assert reply.status == 200
    remembered = list(store._remembered.values())
    assert sum(map(store.bytes_of, remembered)) <= store.remembered_bytes <= 20_000
