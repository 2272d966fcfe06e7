"""Hot reload: changed SQL files and a changed table are taken up on SIGHUP and, where that is set, when they change."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

from watchfiles import Change, awatch

from service.config import Settings
from service.dataset.source import fetched
from service.library import Library
from service.workers import Pool

log = logging.getLogger(__name__)

STEP = 50
"""Milliseconds without a further change after which changes are taken up."""


async def watch(settings: Settings, library: Library, pool: Pool) -> None:
    """Reload on SIGHUP, and with `[catalog] watch` on each change, until cancelled."""
    wanted = asyncio.Event()
    _listen_to_hangup(wanted)
    watching = asyncio.ensure_future(_watch_files(settings, wanted)) if settings.catalog.watch else None
    try:
        while True:
            await wanted.wait()
            wanted.clear()
            await _reload(library, pool)
    finally:
        if watching:
            watching.cancel()


async def _reload(library: Library, pool: Pool) -> None:
    try:
        found = await library.reload(pool)
    except Exception:
        log.exception("the reload failed; what was loaded keeps serving")
        return
    named = {kind: names for kind, names in found.changes._asdict().items() if names}
    changes = "; ".join(f"{kind} {', '.join(names)}" for kind, names in named.items())
    log.info("reloaded: %s", changes or ("another table" if found.dataset else "no statistic has changed"))


def _listen_to_hangup(wanted: asyncio.Event) -> None:
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, wanted.set)


async def _watch_files(settings: Settings, wanted: asyncio.Event) -> None:
    statistics = settings.path(settings.catalog.folder).resolve()
    table = (settings.path(settings.dataset.csv) if settings.dataset.csv else fetched(settings)).resolve()

    def matters(_: Change, path: str) -> bool:
        return Path(path) == table or (Path(path).parent == statistics and path.endswith(".sql"))

    table.parent.mkdir(parents=True, exist_ok=True)
    async for _ in awatch(statistics, table.parent, watch_filter=matters, step=STEP, recursive=False):
        wanted.set()
