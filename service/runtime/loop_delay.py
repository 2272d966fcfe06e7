"""How late the event loop is: whatever waits for it, every request, waits as long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from service.durations import Durations

EVERY = 0.5
"""Seconds between two measurements."""


@contextmanager
def loop_delays() -> Iterator[Durations]:
    """Measured for as long as the context lasts."""
    delays, loop = Durations(), asyncio.get_running_loop()

    async def measure() -> None:
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            delays.add(max(0.0, loop.time() - due))

    measuring = loop.create_task(measure())
    try:
        yield delays
    finally:
        measuring.cancel()
