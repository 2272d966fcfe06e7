"""The one owner of answers: it remembers them, holds those of finished jobs, counts bytes and keeps renderings.

A rendering is an answer in one format as bytes. Two bounds apply: what is remembered so that it may be given again (the
least recently used go first), and what finished jobs hold (the job table drops jobs until it fits).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from service.answers.answer import Answer
from service.encoding import size_of
from service.threads import shared

MOST_BYTES = 16_000_000
"""Of an answer and its renderings: one answer must not drive all others out."""
OVERHEAD = 2000
"""Bytes of an answer beside its data."""


class Rendering(NamedTuple):
    """An answer in one format as bytes; `hash` is that of the bytes before they were compressed."""

    body: bytes
    hash: str
    coding: str = "identity"
    alt: str | None = None
    """Of a picture: what it shows, in words."""


@dataclass(slots=True, eq=False)
class _Kept:
    """What belongs to an answer for as long as anybody has it."""

    renderings: LRUCache[Hashable, Rendering]
    arguments: int
    """Bytes of the arguments."""
    making: dict[Hashable, asyncio.Future[Rendering]] = field(default_factory=dict)
    jobs: int = 0
    """How many finished jobs hold the answer."""
    counted: int = 0
    """The bytes by which it counts as held."""


class AnswerStore:
    """For the event loop. `released` is called with each answer that no finished job holds any more."""

    def __init__(self, cache_bytes: int, released: Callable[[Answer], None] = lambda _: None) -> None:
        self._remembered: LRUCache[str, Answer] = LRUCache(
            cache_bytes, getsizeof=lambda each: self.bytes_of(each) + OVERHEAD
        )
        self._long: dict[str, Answer] = {}
        """Answers whose rows are on the disk: known for as long as a finished job holds them."""
        self._kept: WeakKeyDictionary[Answer, _Kept] = WeakKeyDictionary()
        self._released = released
        self.held_bytes = self.held_disk_bytes = 0

    def bytes_of(self, answer: Answer) -> int:
        """What an answer takes of the memory, with its arguments and its renderings."""
        kept = self._kept_of(answer)
        return answer.result.memory_bytes + kept.arguments + int(kept.renderings.currsize)

    @property
    def remembered_bytes(self) -> int:
        return int(self._remembered.currsize)

    def known(self, key: str) -> Answer | None:
        """The answer of a key, if there is one still."""
        answer: Answer | None = self._remembered.get(key) or self._long.get(key)
        return answer if answer and answer.is_there else None

    def add(self, answer: Answer, renderings: Mapping[Hashable, Rendering] | None = None) -> None:
        """Remember an answer, with renderings that were made along with it, in place of an older one of its key.

        One that is larger than all room, or on the disk, is not remembered.
        """
        for key, rendering in (renderings or {}).items():
            self._keep(answer, key, rendering)
        self._remembered.pop(answer.key, None)
        if answer.result.file is None and self.bytes_of(answer) + OVERHEAD <= self._remembered.maxsize:
            self._remembered[answer.key] = answer

    def hold(self, answer: Answer) -> None:
        """A finished job has the answer."""
        kept = self._kept_of(answer)
        kept.jobs += 1
        if kept.jobs == 1:
            kept.counted = self.bytes_of(answer)
            self.held_bytes += kept.counted
            self.held_disk_bytes += answer.result.disk_bytes
            if answer.result.file is not None:
                self._long[answer.key] = answer

    def release(self, answer: Answer) -> None:
        """A finished job has gone; with the last one the answer is not held any more."""
        kept = self._kept_of(answer)
        kept.jobs -= 1
        if not kept.jobs:
            self.held_bytes -= kept.counted
            self.held_disk_bytes -= answer.result.disk_bytes
            if self._long.get(answer.key) is answer:
                del self._long[answer.key]
            self._released(answer)

    async def rendering(
        self, answer: Answer, key: Hashable, make: Callable[[], Awaitable[Rendering]], *, keep: bool = True
    ) -> Rendering:
        """The rendering of a key, which `make` makes the first time, once for all who ask for it meanwhile.

        It is kept while there is room for it, unless it is not to be kept.
        """
        kept = self._kept_of(answer)
        known: Rendering | None = kept.renderings.get(key)
        if known is not None:
            return known
        making = kept.making.get(key)
        if making is None:
            making = kept.making[key] = asyncio.ensure_future(make())
            making.add_done_callback(partial(self._made, answer, key, keep))
        return await shared(making)

    def _made(self, answer: Answer, key: Hashable, keep: bool, making: asyncio.Future[Rendering]) -> None:
        del self._kept_of(answer).making[key]
        if making.cancelled() or making.exception() or not keep:
            return
        kept = self._keep(answer, key, making.result())
        if kept.jobs:
            self.held_bytes += self.bytes_of(answer) - kept.counted
            kept.counted = self.bytes_of(answer)
        if self._remembered.get(answer.key) is answer:  # not one that a newer answer has replaced
            self.add(answer)  # with the bytes that it takes now

    def _keep(self, answer: Answer, key: Hashable, rendering: Rendering) -> _Kept:
        kept = self._kept_of(answer)
        if len(rendering.body) <= kept.renderings.maxsize:
            kept.renderings[key] = rendering
        return kept

    def _kept_of(self, answer: Answer) -> _Kept:
        kept = self._kept.get(answer)
        if kept is None:
            room = max(0, MOST_BYTES - answer.result.memory_bytes)
            renderings = LRUCache[Hashable, Rendering](room, getsizeof=lambda rendering: len(rendering.body))
            kept = self._kept[answer] = _Kept(renderings, size_of(answer.provenance.arguments))
        return kept
