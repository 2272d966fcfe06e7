"""Answers that are read in parts: held for a minute, within a bound."""

from __future__ import annotations

import pytest

from service.answers.partial_reads import SECONDS, PartialReads, Reading
from service.answers.store import Rendering
from tests.jobs.parts import answer_of
from tests.waiting import until

ROOM = 100_000


class Clock:
    """A clock that only a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def reading_of(size: int) -> Reading:
    return Reading(answer_of(10), "csv", Rendering(body=b"x" * size, hash="0"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_each_part_holds_it_for_another_minute(clock: Clock) -> None:
    """A slow reader keeps it, and a minute after the last part it has gone."""
    reads, reading = PartialReads[Reading](ROOM, clock), reading_of(10)
    for moment in (0.0, SECONDS - 1, 2 * (SECONDS - 1)):
        clock.now = moment
        assert reads.get("asked") in {None if moment == 0 else reading}
        reads.hold("asked", reading)
    clock.now += SECONDS
    assert reads.get("asked") is None


async def test_the_oldest_gives_way(clock: Clock) -> None:
    """All that is held fits the room; what alone is larger is not held, and drives nothing out."""
    reads = PartialReads[Reading](ROOM, clock)
    for name in "abc":
        reads.hold(name, reading_of(30_000))
    reads.hold("a", reading_of(30_000))
    reads.hold("d", reading_of(30_000))
    reads.hold("large", reading_of(ROOM))
    assert [name for name in ("a", "b", "c", "d", "large") if reads.get(name)] == ["a", "c", "d"]


async def test_the_memory_is_given_back_when_nobody_asks_any_more(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer of the loop clears what has had its minute."""
    monkeypatch.setattr("service.answers.partial_reads.SECONDS", 0.01)
    reads = PartialReads[Reading](ROOM, clock)
    reads.hold("asked", reading_of(10))
    clock.now += SECONDS
    await until(lambda: not reads.bytes)
