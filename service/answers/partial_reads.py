"""Answers that clients read in parts: held for a minute after each part, so that all parts are of the same bytes.

Whoever reads in parts asks many times, and would start a job each time when the answer is not remembered: each would
have its own time of computing, and parts of different files would be put together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, Protocol, TypeVar

from cachetools import TTLCache

from service.answers.answer import Answer
from service.answers.store import OVERHEAD, Rendering

SECONDS = 60.0
PLACES = 8
"""How many of the longest answers that stay in memory have room, renderings included."""


class Held(Protocol):
    """What may be held; `is_there` is false once the disk has lost it."""

    @property
    def bytes(self) -> int: ...
    @property
    def is_there(self) -> bool: ...


class Reading(NamedTuple):
    """An answer, and the rendering of it that was read last, None for one that is a file."""

    answer: Answer
    key: Hashable
    rendering: Rendering | None

    @property
    def bytes(self) -> int:
        return self.answer.result.memory_bytes + (len(self.rendering.body) if self.rendering else 0) + OVERHEAD

    @property
    def is_there(self) -> bool:
        return self.answer.is_there


What = TypeVar("What", bound=Held)


class PartialReads(Generic[What]):
    """For the event loop. `asked` is what the reader's requests have in common. Beyond `most_bytes` the oldest go."""

    def __init__(self, most_bytes: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._readings: TTLCache[Hashable, What] = TTLCache(
            most_bytes, SECONDS, timer=timer, getsizeof=lambda reading: reading.bytes
        )
        self._clearing: asyncio.TimerHandle | None = None

    @property
    def bytes(self) -> int:
        return int(self._readings.currsize)

    def get(self, asked: Hashable) -> What | None:
        reading: What | None = self._readings.get(asked)
        return reading if reading is not None and reading.is_there else None

    def hold(self, asked: Hashable, reading: What) -> None:
        """From now on for a minute; what is larger than all room is not held."""
        self._readings.pop(asked, None)  # so that its minute begins anew
        if reading.bytes <= self._readings.maxsize:
            self._readings[asked] = reading
            self._clear_later()

    def _clear_later(self) -> None:
        """The memory is given back also when nobody asks any more."""
        if self._clearing is None:
            self._clearing = asyncio.get_running_loop().call_later(SECONDS, self._clear)

    def _clear(self) -> None:
        self._clearing = None
        self._readings.expire()
        if self._readings:
            self._clear_later()
