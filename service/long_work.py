"""Threads for work on long answers, apart from those of asyncio, so that what is short never waits behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2
FEW = 1000
"""Rows of an answer that take no long time in any format."""

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="long")


async def in_long_thread(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """As asyncio.to_thread. What takes seconds goes there step by step, so that all who wait take turns."""
    return await asyncio.get_running_loop().run_in_executor(_pool, partial(work, *args, **kwargs))
