"""The running parts around jobs: table, pool, journal and events, opened and closed in their order."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from service.charts.renderer import Renderer
from service.engine.spool import Spool
from service.errors import BadRequest, ServiceError
from service.jobs.embedded.in_flight import Marks
from service.jobs.embedded.journal import Journal
from service.jobs.embedded.journal.database import Store
from service.jobs.embedded.pool import Pool
from service.jobs.embedded.table import JobTable, Watcher
from service.jobs.events import Events
from service.jobs.idempotency import Entry, IdempotencyKeys
from service.jobs.job import Job, State
from service.runtime.editions import Library
from service.settings import Settings

log = logging.getLogger(__name__)

MOST_CRASHES = 2


class Office(NamedTuple):
    """What handlers work with."""

    table: JobTable
    pool: Pool
    events: Events
    keys: IdempotencyKeys
    renderer: Renderer
    journal: Journal | None


@asynccontextmanager
async def opened(settings: Settings, library: Library) -> AsyncIterator[Office]:
    """The parts; jobs of an earlier process are there again. Raises StartError for a journal or folder of no use."""
    spool = Spool(settings)
    spool.require_writable()
    events = Events()
    path = settings.path(settings.jobs.journal) if settings.jobs.journal else None
    folder = settings.path(settings.results.folder)
    store = Store(path, settings.jobs.journal_sync) if path else None
    journal, jobs = _journal(store, folder) if store else (None, [])
    marks = Marks(path.with_suffix(".running")) if path else None
    watchers: list[Watcher] = [journal, events] if journal else [events]
    table = JobTable(settings.jobs, settings.results.disk_bytes, watchers)
    pool = Pool(table, settings, marks)
    kept = [Entry(*row) for row in store.kept.keys] if store else []
    keys = IdempotencyKeys(kept, journal.unkeyed if journal else lambda _: None)
    renderer = Renderer(settings.charts)
    spool.clear(folder / row.file for row in (store.kept.answers if store else ()) if row.file)
    try:
        if journal and store and marks:
            table.last_id = store.kept.last_id
            _recover(jobs, journal, marks.left, table, pool, library)
            store.forget_kept()
        yield Office(table, pool, events, keys, renderer, journal)
    finally:
        await renderer.close()
        pool.close()
        if journal:
            await journal.close()
        if marks:
            marks.close()


def _journal(store: Store, folder: Path) -> tuple[Journal, list[Job]]:
    """The journal, and the jobs of an earlier process; one whose rows make no sense is put aside."""
    journal = Journal(store, folder)
    try:
        jobs = list(journal.recovered())
    except Exception as error:  # whatever a damaged row may lead to
        store.give_up(f"{type(error).__name__}: {error}")
        journal, jobs = Journal(store, folder), []
    if store.put_aside:
        log.error("%s", store.put_aside)
    return journal, jobs


def _recover(
    jobs: list[Job], journal: Journal, running: list[str], table: JobTable, pool: Pool, library: Library
) -> None:
    """Take over the jobs of an earlier process: what had ended is there to be read, the rest runs again."""
    table.restore(jobs)
    for job in jobs:
        if job.answer is not None:
            pool.cache.put(job.answer)
    pending = [job for job in jobs if not job.finished]
    for job in pending:
        job.crashes += job.key in running
    faults = {job: _prepare(job, pool, library) for job in pending}
    # On disk before any of them runs: a crash that one causes must be known to be its second.
    journal.write_now(pending)
    for job, fault in faults.items():
        if fault is None:
            pool.resume(job, library.engine, library.catalog.statistics[job.statistic])
        else:
            table.start(job, time.time())
            table.finish(job, State.ERROR, time.time(), error=fault)
    if jobs:
        log.info("from the journal: %d finished jobs, and %d that run again", len(jobs) - len(pending), len(pending))


def _prepare(job: Job, pool: Pool, library: Library) -> ServiceError | None:
    """Make a job fit what is loaded now; why it cannot run again, if it cannot."""
    if job.crashes >= MOST_CRASHES:
        return ServiceError("the service crashed twice while this job was running, so it is not run again")
    statistic = library.catalog.statistics.get(job.statistic)
    if statistic is None:
        return ServiceError(f"the service was restarted, and has no statistic {job.statistic!r} any more", status=404)
    try:
        pool.prepare(job, library.engine, statistic)
    except BadRequest as error:
        return error
    return None
