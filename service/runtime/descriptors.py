"""How many file descriptors the process has, of those that it may have: with none left, connections end unanswered."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

SHORT = 0.9
"""Of the limit."""
OPEN = Path("/dev/fd")
"""Of this process, on Linux and on a Mac; Windows has none."""
ADVICE = "lower most in [connections], or raise the limit (ulimit -n)"
EVERY = 1.0
"""Seconds between two looks."""


class Descriptors(NamedTuple):
    used: int
    limit: int

    @property
    def are_short(self) -> bool:
        return self.used >= SHORT * self.limit


def count_descriptors() -> Descriptors:
    limit = descriptor_limit()
    try:
        return Descriptors(used=sum(1 for _ in OPEN.iterdir()) if OPEN.is_dir() else 0, limit=limit)
    except OSError:  # not even one for the look
        return Descriptors(used=limit, limit=limit)


def descriptor_limit() -> int:
    """A very large number where there is none."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource  # noqa: PLC0415 - not there on Windows

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit


async def watch_descriptors() -> None:
    """Log when they become short, and when they no longer are."""
    were_short = False
    while True:
        found = count_descriptors()
        if found.are_short and not were_short:
            gc.collect()  # files of clients that vanished wait for it, which is rare
            found = count_descriptors()
        if found.are_short and not were_short:
            log.error("%d of %d file descriptors are in use; %s", found.used, found.limit, ADVICE)
        elif were_short and not found.are_short:
            log.info("%d of %d file descriptors are in use", found.used, found.limit)
        were_short = found.are_short
        await asyncio.sleep(EVERY)
