"""Jobs in this process: the table, the pool of worker threads, and the journal on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing

from service.answers.store import AnswerStore
from service.engine.spool import Spool
from service.jobs.embedded.job_table import JobTable
from service.jobs.embedded.journal.disk_journal import DiskJournal
from service.jobs.embedded.journal.watch import watch
from service.jobs.embedded.lock import lock
from service.jobs.embedded.recovery import open_journal, recover
from service.jobs.embedded.retention import Retention
from service.jobs.embedded.store import EmbeddedStore
from service.jobs.events import Events
from service.jobs.idempotency import IdempotencyKeys
from service.jobs.protocol import FindQuery
from service.jobs.runner.in_flight import InFlight
from service.jobs.runner.pool import Pool
from service.settings import Settings


@asynccontextmanager
async def opened(settings: Settings, spool: Spool, find_query: FindQuery) -> AsyncIterator[EmbeddedStore]:
    """The store, with the jobs of an earlier process. Raises StartError for an unusable journal."""
    path = settings.journal
    async with AsyncExitStack() as stack:
        stack.enter_context(closing(lock(spool.folder / ".lock", "folder", "[results] folder")))
        journal, left = open_journal(path, settings.jobs.journal_sync, spool.folder)
        stack.push_async_callback(journal.close)
        spool.clear(spool.folder / name for name in left.files)
        spool.require_room()
        in_flight = InFlight(path.with_suffix(".running") if path else None)
        stack.callback(in_flight.close)
        answers = AnswerStore(settings.cache.bytes, journal.released)
        events = Events()
        table = JobTable(Retention(settings.jobs, settings.results.disk_bytes, answers), journal, events)
        pool = Pool(settings, table, answers, in_flight)
        stack.callback(pool.close)
        store = EmbeddedStore(
            table=table,
            pool=pool,
            answers=answers,
            journal=journal,
            events=events,
            keys=IdempotencyKeys(left.keys, journal.unkeyed),
            max_pending=settings.workers.max_pending,
        )
        recover(left, store, find_query, in_flight.left)
        if isinstance(journal, DiskJournal):
            watching = asyncio.ensure_future(watch(journal, table, store.keys.all))
            stack.callback(watching.cancel)
        yield store
