"""Threads beside the event loop, a few for each kind of work, so that no kind has to wait behind another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from service.errors import ServiceError, StartError, without_frames

P = ParamSpec("P")
T = TypeVar("T")

FEW = 1000
"""Rows of an answer that take no long time in any format."""


class Threads:
    """A kind of work; called like asyncio.to_thread."""

    def __init__(self, kind: str, number: int) -> None:
        self._kind, self._number = kind, number
        self._pool = ThreadPoolExecutor(number, thread_name_prefix=kind)
        self._started = False

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))
        except ServiceError as error:
            raise without_frames(error) from None

    def start(self) -> None:
        """All at once: a pool that may have to start one later fails then, and keeps what it was to do for ever."""
        if self._started:
            return
        together = threading.Barrier(self._number + 1)
        try:
            for _ in range(self._number):
                self._pool.submit(together.wait)
        except RuntimeError as error:
            together.abort()
            reason = f"{self._number} threads for {self._kind} work cannot be started ({error}); allow the process more"
            raise StartError(reason) from None
        together.wait()
        self._started = True


in_short_thread = Threads("short", 4)
"""What takes milliseconds: a short answer in a format, the values of a column."""
in_long_thread = Threads("long", 2)
"""What takes seconds goes there step by step, so that all who wait take turns."""
in_packing_thread = Threads("packing", 2)
"""Compression of what is sent as a whole."""
in_reading_thread = Threads("reading", 2)
"""Pieces of files, which a slow disk may keep."""
in_loading_thread = Threads("loading", 2)
"""Tables and statistics, and the look whether they have changed."""


def start_threads() -> None:
    """Raises StartError when the system allows no more."""
    for kind in (in_short_thread, in_long_thread, in_packing_thread, in_reading_thread, in_loading_thread):
        kind.start()


async def shared(work: asyncio.Future[T]) -> T:
    """What the work gives to one of those who wait for it.

    It goes on when they go away; a failure that is nobody's any more is no fault of the service.
    """
    work.add_done_callback(_see)
    return await asyncio.shield(work)


def _see(work: asyncio.Future[T]) -> None:
    if not work.cancelled():
        work.exception()
