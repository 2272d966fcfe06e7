"""Waiting for conditions, never for the clock: what a test waits for may take as long as a busy machine needs."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

LIMIT = 120.0
"""Seconds after which a test is taken to hang; no test depends on it otherwise."""
PAUSE = 0.01
"""Seconds between two looks."""

Found = TypeVar("Found")
Condition = Callable[[], bool | Awaitable[bool]]


async def until(condition: Condition) -> None:
    """Return once the condition, which may be a coroutine function, holds."""
    hung = time.monotonic() + LIMIT
    while not await _holds(condition):
        assert time.monotonic() < hung, f"still waiting after {LIMIT:g} s"
        await asyncio.sleep(PAUSE)


async def _holds(condition: Condition) -> bool:
    found = condition()
    return bool(await found if inspect.isawaitable(found) else found)


def wait_until(condition: Callable[[], Found]) -> Found:
    """The same where there is no event loop; what made the condition hold."""
    hung = time.monotonic() + LIMIT
    while not (found := condition()):
        assert time.monotonic() < hung, f"still waiting after {LIMIT:g} s"
        time.sleep(PAUSE)
    return found


async def one_turn() -> None:
    """Let the tasks that can go on do so, once."""
    await asyncio.sleep(0)
