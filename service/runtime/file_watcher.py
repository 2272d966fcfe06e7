"""Hot reload: changed SQL files and a changed table are loaded on SIGHUP and, with `watch`, when they change.

Files are polled rather than watched: what a path leads to may change in ways that no file system
reports, when a link above it is switched, a folder is replaced by another, or another machine writes.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial

from service.dataset import signature as table_signature
from service.jobs.protocol import JobStore
from service.runtime.editions import Editions
from service.settings import Settings
from service.statistics.catalog import signature as files_signature
from service.threads import in_loading_thread

log = logging.getLogger(__name__)

FILES_SETTLE = 0.05
"""Seconds for which SQL files must stay the same before they are loaded: an editor may write several."""
TABLE_SETTLES = 2
"""Polls for which the table must stay the same, since it may still be being written."""


@contextmanager
def hangups() -> Iterator[asyncio.Event]:
    """An event that SIGHUP sets, even while a reload is not possible yet; the signal is ignored afterwards."""
    wanted = asyncio.Event()
    if not hasattr(signal, "SIGHUP"):
        yield wanted
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, wanted.set)
    try:
        yield wanted
    finally:
        # Before the loop closes, after which the signal would end the process.
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


async def watch(settings: Settings, editions: Editions, jobs: JobStore, hangup: asyncio.Event) -> None:
    """Reload on SIGHUP, and with `[catalog] watch` on each change, until cancelled."""
    reload = partial(_reload, editions, jobs)
    tasks = [_on(hangup, partial(reload, table=True))]
    if settings.catalog.watch:
        poll = settings.catalog.poll
        files = partial(files_signature, settings.path(settings.catalog.folder))
        table = partial(table_signature, settings)
        tasks += [
            _follow(files, lambda: editions.seen.files, poll, min(poll, FILES_SETTLE), partial(reload, table=False)),
            _follow(table, lambda: editions.seen.table, poll, poll * TABLE_SETTLES, partial(reload, table=True)),
        ]
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(task)


async def _on(wanted: asyncio.Event, reload: Callable[[], Awaitable[None]]) -> None:
    while True:
        await wanted.wait()
        wanted.clear()
        await reload()


async def _follow(
    look: Callable[[], object],
    loaded: Callable[[], object],
    poll: float,
    settle: float,
    reload: Callable[[], Awaitable[None]],
) -> None:
    """Reload when what `look` gives is not what is `loaded`, and has stayed the same for `settle` seconds."""
    while True:
        await asyncio.sleep(poll)
        now = await in_loading_thread(look)
        while now != loaded():
            before = now
            await asyncio.sleep(settle)
            now = await in_loading_thread(look)
            if now == before:
                await reload()
                break


async def _reload(editions: Editions, jobs: JobStore, *, table: bool) -> None:
    try:
        found = await editions.reload(jobs.released, table=table)
    except Exception:
        log.exception("the reload failed; what was loaded keeps serving")
        return
    named = {kind: names for kind, names in found.changes._asdict().items() if names}
    changes = "; ".join(f"{kind} {', '.join(names)}" for kind, names in named.items())
    log.info("reloaded: %s", changes or ("another table" if found.dataset else "no statistic has changed"))
