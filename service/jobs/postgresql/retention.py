"""What is kept no longer goes: finished jobs by number, age and bytes, keys by age, answers that no job has."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import asyncpg

from service.jobs.idempotency import DAY
from service.settings import Settings
from service.threads import in_loading_thread

log = logging.getLogger(__name__)

EACH = 10.0
"""Seconds from one tidying to the next."""
SWEEP = 600.0
"""Seconds from one look for files of no answer to the next."""
YOUNG = 3600.0
"""Seconds that such a file is left: its answer may still be on the way."""
JOBS = """
delete from health.jobs
where
    finished_at < $1
    or id in (
        select id from health.jobs where finished_at is not null order by finished_at desc, id desc offset $2
    )
    or id in (
        select id
        from (
            select
                id,
                number,
                sum(bytes) filter (where first and file is null) over (order by number) as memory,
                sum(bytes) filter (where first and file is not null) over (order by number) as disk
            from (
                select
                    jobs.id,
                    answers.bytes,
                    answers.file,
                    row_number() over (order by finished_at desc, jobs.id desc) as number,
                    row_number() over (partition by answer order by finished_at desc, jobs.id desc) = 1 as first
                from health.jobs
                inner join health.answers on answers.id = jobs.answer
            ) as finished
        ) as summed
        where number > 1 and (memory > $3 or disk > $4)
    )
"""
"""An answer counts once, however many jobs have it; bytes alone never remove the newest job."""
KEYS = "delete from health.keys where given_at < $1"
ANSWERS = """
delete from health.answers
where
    not exists (select 1 from health.jobs where jobs.answer = answers.id)
    and (
        file is not null
        or made_at < $1
        or exists (select 1 from health.answers as newer where newer.key = answers.key and newer.id > answers.id)
        or id in (
            select id
            from (select id, sum(bytes) over (order by id desc) as total from health.answers where file is null) as sums
            where total > $2
        )
    )
returning file
"""
GONE = "delete from health.replicas where id not in ({living})"


class Retention:
    """For the oldest of the replicas."""

    def __init__(self, settings: Settings, folder: Path, living: str) -> None:
        self._jobs, self._disk_bytes = settings.jobs, settings.results.disk_bytes
        self._cache_bytes = settings.cache.bytes
        self._folder = folder
        self._gone = GONE.format(living=living)
        self._at = self._swept_at = 0.0

    async def now_and_then(self, connection: asyncpg.Connection) -> None:
        now = time.time()
        if now < self._at + EACH:
            return
        self._at = now
        try:
            await self._remove_old(connection, now)
        except (TimeoutError, asyncpg.QueryCanceledError):
            log.warning("tidying PostgreSQL took too long, and is tried again")  # no reason to leave and come back

    async def _remove_old(self, connection: asyncpg.Connection, now: float) -> None:
        oldest = now - self._jobs.keep_seconds
        await connection.execute(JOBS, oldest, self._jobs.keep, self._jobs.keep_bytes, self._disk_bytes)
        await connection.execute(KEYS, now - DAY)
        removed = await connection.fetch(ANSWERS, now - DAY, self._cache_bytes)
        await in_loading_thread(_remove_files, self._folder, [row["file"] for row in removed if row["file"]])
        await connection.execute(self._gone)
        if now > self._swept_at + SWEEP:
            self._swept_at = now
            named = {row["file"] for row in await connection.fetch("select file from health.answers")}
            await in_loading_thread(_sweep, self._folder, named, now - YOUNG)

    def describe(self) -> str:
        """How long finished jobs are kept, in words."""
        return f"the newest {self._jobs.keep} finished jobs are kept, for {self._jobs.keep_seconds:g} s"


def _remove_files(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def _sweep(folder: Path, named: set[str | None], before: float) -> None:
    """Remove what a replica was writing when it was killed."""
    for file in folder.glob("*.arrow"):
        with suppress(OSError):
            if file.name not in named and file.stat().st_mtime < before:
                file.unlink()
