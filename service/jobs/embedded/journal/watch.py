"""A journal whose file is removed or replaced under the running service: noticed, and written anew."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable

from service.errors import StartError
from service.jobs.embedded.job_table import JobTable
from service.jobs.embedded.journal.disk_journal import DiskJournal
from service.jobs.idempotency import Entry

LOOK = 0.5
"""Seconds between two looks at the file."""
AT_ONCE = 200
"""Jobs of a batch, so that requests are answered in between."""


async def watch(journal: DiskJournal, table: JobTable, entries: Callable[[], Iterable[Entry]]) -> None:
    """Give a new file all that is kept, once it can be begun. Until then there are no new jobs."""
    while True:
        await asyncio.sleep(LOOK)
        if not await journal.is_lost():
            continue
        try:
            await journal.begin_anew(table.last_id)
        except (OSError, StartError, sqlite3.Error):
            continue  # there is no room, no access, or another service has taken its place
        for number, job in enumerate(table.all(), 1):
            if job in table:  # still
                journal.keep(job)
            if number % AT_ONCE == 0:
                await journal.written()
        for entry in entries():
            journal.keyed(entry)
        await journal.written()
        journal.take_jobs_again()
