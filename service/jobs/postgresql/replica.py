"""This process among the replicas: it is one for as long as the connection lasts that holds its lock."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from service.errors import ServiceError
from service.jobs.postgresql import retention
from service.jobs.postgresql.claims import GIVE_BACK, Claims
from service.jobs.postgresql.database import AWAY, CHANNEL, TOLD, connect, unreachable
from service.jobs.postgresql.news import News
from service.jobs.postgresql.schema import LOCKS
from service.jobs.protocol import Fits
from service.jobs.stored import error_text

log = logging.getLogger(__name__)

EACH = 1.0
"""Seconds from one look to the next."""
LONGEST_WAIT = 5.0
"""Most seconds between two attempts to come back."""
UNFIT = 60.0
"""Seconds after which a job that no living replica can run ends."""
CRASHED = error_text(ServiceError("the service crashed twice while this job was running, so it is not run again"))
NOBODY = error_text(
    ServiceError("no replica has the table and the SQL that this job was for any more; ask again with a new job")
)
LIVING = f"""
select objid::int as id
from pg_locks
where
    locktype = 'advisory'
    and granted
    and classid = {LOCKS}
    and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())
"""
TAKE_OVER = f"""
with changed as (
    update health.jobs
    set
        crashes = crashes + 1,
        replica = null,
        state = case when crashes >= 1 then 'error' else 'queued' end,
        started_at = case when crashes >= 1 then started_at end,
        finished_at = case when crashes >= 1 then $1::float end,
        error = case when crashes >= 1 then $2::text end
    where state = 'running' and replica not in ({LIVING})
    returning id, state
),
told as (select {TOLD} from changed having count(*) > 0)
select id, state, (select count(*) from told) from changed
"""
"""What a replica left that lives no more: it runs again, unless it has done that before."""
END_UNFIT = f"""
with ended as (
    update health.jobs
    set state = 'error', finished_at = $1, error = $2
    where
        state = 'queued'
        and submitted_at < $1 - $3::float
        and not exists (
            select 1 from health.replicas where id in ({LIVING}) and jobs.fits = any(replicas.fits)
        )
    returning id, state
)
select {TOLD} from ended having count(*) > 0
"""


class Replica:
    """For the event loop."""

    def __init__(self, url: str, claims: Claims, news: News, fits: Fits, tidy: retention.Tidy) -> None:
        self._url = url
        self._claims = claims
        self._news = news
        self._fits = fits
        self._tidy = tidy
        self.living_others = 0
        """How many other replicas the last look found."""
        self.fault: str | None = "it has not joined yet"
        self._joined = asyncio.Event()
        self._living: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Be a replica from now on, until `leave`."""
        self._living = asyncio.ensure_future(self._live())
        joined = asyncio.ensure_future(self._joined.wait())
        await asyncio.wait([self._living, joined], return_when=asyncio.FIRST_COMPLETED)
        joined.cancel()
        if self._living.done():
            self._living.result()

    def leave(self) -> None:
        if self._living:
            self._living.cancel()

    async def _live(self) -> None:
        """When the connection is lost, come back as a new replica."""
        last: int | None = None
        while True:
            connection = await self._connected()
            try:
                last = await self._join(connection, last)
                while True:
                    await self._look(connection, last)
                    self._joined.set()
                    await asyncio.sleep(EACH)
            except AWAY as error:
                self._lost(error)
            finally:
                with suppress(*AWAY):
                    connection.terminate()

    async def _connected(self) -> asyncpg.Connection:
        retrying = AsyncRetrying(
            wait=wait_random_exponential(0.1, LONGEST_WAIT), retry=retry_if_exception_type(AWAY), reraise=True
        )
        return await retrying(connect, self._url)

    async def _join(self, connection: asyncpg.Connection, last: int | None) -> int:
        """Listen before anything is claimed, and give back what an earlier self had claimed: it has stopped that."""
        sql = "insert into health.replicas (fits) values ($1) returning id"
        number: int = await connection.fetchval(sql, list(self._fits().values()))
        await connection.execute("select pg_advisory_lock($1, $2)", LOCKS, number)
        await connection.add_listener(CHANNEL, self._news.receive)
        if last is not None:
            await connection.execute(GIVE_BACK, last, None)
            self._news.missed()
        self._claims.replica, self.fault = number, None
        log.info("replica %d has joined", number)
        return number

    async def _look(self, connection: asyncpg.Connection, number: int) -> None:
        """Once a second: what others left, what nobody can run, and whether there is something to claim."""
        await connection.execute(
            "update health.replicas set fits = $2 where id = $1 and fits <> $2", number, list(self._fits().values())
        )
        for row in await connection.fetch(TAKE_OVER, time.time(), CRASHED):
            log.warning("job %d was running in a replica that has gone: it is %s", row["id"], row["state"])
        await connection.execute(END_UNFIT, time.time(), NOBODY, UNFIT)
        await self._tidy.now_and_then(connection)
        self.living_others = await connection.fetchval(f"select count(*) from ({LIVING}) as living") - 1
        self._claims.look()

    def _lost(self, error: BaseException) -> None:
        self.fault = unreachable(error)
        log.error("%s: its jobs are stopped here, new ones are refused, and it is tried again", self.fault)
        self._claims.give_up()
        self.living_others = 0
