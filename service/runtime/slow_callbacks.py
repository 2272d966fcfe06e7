"""For development: what takes the event loop's thread for so long that all other requests have to wait."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)

_run = asyncio.Handle._run


@contextmanager
def slow_callbacks_logged(milliseconds: float) -> Iterator[None]:
    """Log each callback that takes more CPU time of the loop's thread, with 0 none.

    asyncio's debug mode measures the wall, and so blames whoever the machine keeps waiting; uvloop runs its callbacks
    in C, where nothing can be put around them. So asyncio's own loop serves while this is on, and the one method
    through which it runs everything is replaced.
    """
    if not milliseconds:
        yield
        return

    collecting = Collecting()

    def timed(handle: asyncio.Handle) -> None:
        begun, collected = time.thread_time(), collecting.seconds
        _run(handle)
        spent = (time.thread_time() - begun) * 1000
        if spent > milliseconds:
            garbage = (collecting.seconds - collected) * 1000
            log.warning(
                "a callback took %.0f ms of CPU time, %.0f of them for garbage: %s", spent, garbage, described(handle)
            )

    asyncio.Handle._run = timed  # type: ignore[assignment, method-assign]
    gc.callbacks.append(collecting)
    try:
        yield
    finally:
        gc.callbacks.remove(collecting)
        asyncio.Handle._run = _run  # type: ignore[method-assign]


class Collecting:
    """CPU time that went into looking for garbage, which falls upon whoever makes an object at that moment."""

    seconds = 0.0
    _begun = 0.0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._begun = time.thread_time()
        else:
            self.seconds += time.thread_time() - self._begun


def described(handle: asyncio.Handle) -> str:
    """What a handle runs: a step of a task, what a connection received, or else a function."""
    callback: Any = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        coroutine: Any = owner.get_coro()
        return f"{coroutine.__qualname__} of {coroutine.cr_code.co_filename if coroutine.cr_code else '?'}"
    protocol = getattr(owner, "_protocol", None)
    return f"{type(protocol).__qualname__} received" if protocol is not None else repr(callback)
