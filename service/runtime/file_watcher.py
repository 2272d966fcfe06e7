"""Hot reload: changed SQL files and a changed table are taken up on SIGHUP and, where that is set, when they change."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from watchfiles import Change, awatch

from service.dataset import signature
from service.dataset.source import fetched
from service.jobs.protocol import JobStore
from service.runtime.editions import Editions
from service.settings import Settings

log = logging.getLogger(__name__)

STEP = 50
"""Milliseconds without a further change after which SQL files are taken up."""
QUIET = 1.0
"""Seconds for which the table must stay as it is before it is taken up: it may be being written."""


async def watch(settings: Settings, editions: Editions, jobs: JobStore) -> None:
    """Reload on SIGHUP, and with `[catalog] watch` on each change, until cancelled."""
    hangup = asyncio.Event()
    _listen_to_hangup(hangup)
    tasks = [_on(hangup, editions, jobs)]
    if settings.catalog.watch:
        statistics, table = asyncio.Event(), asyncio.Event()
        tasks += [
            _watch_files(settings, statistics, table),
            _on(statistics, editions, jobs, table=False),
            _on(table, editions, jobs, when=lambda: _settled(settings)),
        ]
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(task)


async def _on(
    wanted: asyncio.Event,
    editions: Editions,
    jobs: JobStore,
    *,
    table: bool = True,
    when: Callable[[], Awaitable[None]] | None = None,
) -> None:
    while True:
        await wanted.wait()
        if when:
            await when()
        wanted.clear()
        await _reload(editions, jobs, table=table)


async def _settled(settings: Settings) -> None:
    """Return when the table's file has stayed the same for long enough."""
    before, now = object(), signature(settings)
    while now != before:
        await asyncio.sleep(QUIET)
        before, now = now, signature(settings)


async def _reload(editions: Editions, jobs: JobStore, *, table: bool) -> None:
    try:
        found = await editions.reload(jobs.released, table=table)
    except Exception:
        log.exception("the reload failed; what was loaded keeps serving")
        return
    named = {kind: names for kind, names in found.changes._asdict().items() if names}
    changes = "; ".join(f"{kind} {', '.join(names)}" for kind, names in named.items())
    log.info("reloaded: %s", changes or ("another table" if found.dataset else "no statistic has changed"))


def _listen_to_hangup(wanted: asyncio.Event) -> None:
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, wanted.set)


async def _watch_files(settings: Settings, statistics: asyncio.Event, table: asyncio.Event) -> None:
    folder = settings.path(settings.catalog.folder).resolve()
    csv = (settings.path(settings.dataset.csv) if settings.dataset.csv else fetched(settings)).resolve()

    def matters(_: Change, path: str) -> bool:
        return Path(path) == csv or (Path(path).parent == folder and path.endswith(".sql"))

    csv.parent.mkdir(parents=True, exist_ok=True)
    try:
        async for changes in awatch(folder, csv.parent, watch_filter=matters, step=STEP, recursive=False):
            paths = {Path(path) for _, path in changes}
            if csv in paths:
                table.set()
            if paths - {csv}:
                statistics.set()
    except (OSError, RuntimeError):
        log.exception("files cannot be watched; SIGHUP and POST /api/reload still take changes up")
