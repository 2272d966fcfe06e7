"""How late the event loop is: whatever waits for it, every request, waits as long."""

from __future__ import annotations

import asyncio

from prometheus_client import Histogram

EVERY = 0.5
"""Seconds between two measurements."""


async def measure(delays: Histogram) -> None:
    """Until it is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY
        await asyncio.sleep(EVERY)
        delays.observe(max(0.0, loop.time() - due))
