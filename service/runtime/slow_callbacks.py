"""For development: what takes the event loop's thread for so long that all other requests have to wait."""

from __future__ import annotations

import asyncio
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

    def timed(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        _run(handle)
        spent = (time.thread_time() - begun) * 1000
        if spent > milliseconds:
            log.warning("a callback took %.0f ms of CPU time: %s", spent, described(handle))

    asyncio.Handle._run = timed  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        asyncio.Handle._run = _run  # type: ignore[method-assign]


def described(handle: asyncio.Handle) -> str:
    """What a handle runs: a step of a task, what a connection received, or else a function."""
    callback: Any = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        coroutine: Any = owner.get_coro()
        return f"{coroutine.__qualname__} of {coroutine.cr_code.co_filename if coroutine.cr_code else '?'}"
    protocol = getattr(owner, "_protocol", None)
    return f"{type(protocol).__qualname__} received" if protocol is not None else repr(callback)
