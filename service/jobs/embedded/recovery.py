"""The jobs of an earlier process: finished ones can be read, the others run again."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from service.errors import NotFound, ServiceError
from service.jobs.embedded.journal.database import Store
from service.jobs.embedded.journal.disk_journal import DiskJournal
from service.jobs.embedded.journal.journal import Journal
from service.jobs.embedded.store import EmbeddedStore
from service.jobs.embedded.table_job import TableJob
from service.jobs.idempotency import Entry
from service.jobs.job import State
from service.jobs.protocol import FindQuery
from service.jobs.query import Query

log = logging.getLogger(__name__)

MOST_CRASHES = 2


class Left(NamedTuple):
    """What an earlier process left in the journal: jobs, keys, the last id and the names of files with long answers."""

    jobs: Sequence[TableJob] = ()
    keys: Sequence[Entry] = ()
    last_id: int = 0
    files: Sequence[str] = ()


def open_journal(path: Path | None, sync: str, folder: Path) -> tuple[Journal, Left]:
    """The journal of a path, and what it holds; one whose rows make no sense is put aside, and a new one begun.

    Without a path there is nothing on disk. Raises StartError when the file cannot be opened.
    """
    if path is None:
        return Journal(), Left()
    store = Store(path, sync)
    journal = DiskJournal(store, folder)
    try:
        jobs = list(journal.recovered())
    except Exception as error:  # a damaged row may raise anything
        store.give_up(f"{type(error).__name__}: {error}")
        journal, jobs = DiskJournal(store, folder), []
    if store.put_aside:
        log.error("%s", store.put_aside)
    kept = store.kept
    store.forget_kept()
    return journal, Left(
        jobs=jobs,
        keys=kept.keys,
        last_id=kept.last_id,
        files=[row.file for row in kept.answers if row.file],
    )


def recover(left: Left, store: EmbeddedStore, find_query: FindQuery, in_flight: Collection[str]) -> None:
    """Take over what an earlier process left; `in_flight` has the keys of the runs that it did not finish."""
    table = store.table
    table.restore(left.jobs, left.last_id)
    for job in left.jobs:
        if job.answer is not None:
            store.answers.add(job.answer)
    pending = [job for job in left.jobs if not job.finished]
    for job in pending:
        job.crashes += job.key in in_flight
    queries = {job: _query(job, find_query) for job in pending}
    # On disk before any of them runs, so that a job that crashes the process again is recognized.
    store.journal.write_now(pending)
    for job, query in queries.items():
        if isinstance(query, Query):
            store.pool.run(job, query)
        else:
            table.start(job, time.time())
            table.finish(job, State.ERROR, time.time(), query)
    if left.jobs:
        finished = len(left.jobs) - len(pending)
        log.info("from the journal: %d finished jobs, and %d that run again", finished, len(pending))


def _query(job: TableJob, find_query: FindQuery) -> Query | ServiceError:
    """The job's query on what is loaded now, or why it cannot run again."""
    if job.crashes >= MOST_CRASHES:
        return ServiceError("the service crashed twice while this job was running, so it is not run again")
    try:
        query = find_query(job.statistic, job.arguments)
    except NotFound:
        return NotFound(f"the service was restarted, and has no statistic {job.statistic!r} any more")
    except ServiceError as error:
        return error
    job.arguments, job.key = query.arguments, query.key
    return query
