"""This process among the replicas: it is one for as long as the connection lasts that holds its lock."""

from __future__ import annotations

import asyncio
import logging
import time

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from service.errors import ServiceError, StartError
from service.jobs.postgresql.claims import GIVE_BACK, Claims
from service.jobs.postgresql.database import AWAY, CHANNEL, connect, notified, unreachable
from service.jobs.postgresql.notifications import Notifications
from service.jobs.postgresql.retention import Retention
from service.jobs.postgresql.schema import LIVING, LOCKS
from service.jobs.protocol import Fits
from service.jobs.stored import error_text

log = logging.getLogger(__name__)

EACH = 1.0
"""Seconds from one look to the next."""
AGAIN = 0.05
"""Seconds until a connection that was lost is made again, at first."""
LONGEST_WAIT = 5.0
"""Most seconds between two attempts to come back."""
UNFIT = 60.0
"""Seconds after which a job that no living replica can run ends."""
CRASHED = error_text(ServiceError("the service crashed twice while this job was running, so it is not run again"))
NOBODY = error_text(
    ServiceError("no replica has the table and the SQL that this job was for any more; ask again with a new job")
)
TAKE_OVER = f"""
with lost as (
    select
        jobs.id,
        jobs.crashes + case when replicas.joined_at < pg_postmaster_start_time() then 0 else 1 end as crashes
    from health.jobs
    left join health.replicas on replicas.id = jobs.replica
    where jobs.state = 'running' and jobs.replica not in ({LIVING})
    for update of jobs skip locked
),
changed as (
    update health.jobs
    set
        crashes = lost.crashes,
        replica = null,
        state = case when lost.crashes > 1 then 'error' else 'queued' end,
        started_at = case when lost.crashes > 1 then started_at end,
        finished_at = case when lost.crashes > 1 then $1::float end,
        error = case when lost.crashes > 1 then $2::text end
    from lost
    where jobs.id = lost.id
    returning jobs.id, jobs.state
),
notified as ({notified("changed")})
select id, state, (select count(*) from notified) from changed
"""
"""What a replica left that lives no more: it runs again, unless it has done that before.

Where PostgreSQL itself has ended since, that was no crash of the replica.
"""
NOTE_UNFIT = f"""
update health.jobs
set unfit_since = case when unfit_since is null then extract(epoch from clock_timestamp()) end
where state = 'queued' and (unfit_since is null) = not exists (
    select 1 from health.replicas where id in ({LIVING}) and jobs.fits = any(replicas.fits)
)
"""
END_UNFIT = f"""
with ended as (
    update health.jobs
    set state = 'error', finished_at = $1, error = $2
    where state = 'queued' and unfit_since < extract(epoch from clock_timestamp()) - $3::float
    returning id, state
)
{notified("ended")}
"""


class Replica:
    """For the event loop."""

    def __init__(
        self, url: str, claims: Claims, notifications: Notifications, fits: Fits, retention: Retention
    ) -> None:
        self._url = url
        self._claims = claims
        self._notifications = notifications
        self._fits = fits
        self._retention = retention
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
            connection: asyncpg.Connection | None = None
            try:
                connection = await self._connected()
                last = await self._join(connection, last)
                while True:
                    await self._look(connection, last)
                    self._joined.set()
                    await asyncio.sleep(EACH)
            except (asyncpg.PostgresError, *AWAY) as error:
                if not self._joined.is_set() and not isinstance(error, AWAY):
                    raise StartError(f"[jobs] url: {error}") from None
                self._lost(error)
                await asyncio.sleep(AGAIN)
            finally:
                if connection is not None:
                    connection.terminate()

    async def _connected(self) -> asyncpg.Connection:
        retrying = AsyncRetrying(
            wait=wait_random_exponential(0.1, LONGEST_WAIT), retry=retry_if_exception_type(AWAY), reraise=True
        )
        return await retrying(connect, self._url)

    async def _join(self, connection: asyncpg.Connection, last: int | None) -> int:
        """Listen before anything is claimed, and give back what an earlier self had claimed: it has stopped that."""
        number: int = await connection.fetchval("select nextval('health.replicas_id_seq')::int")
        # Before there is a row, which others would remove if nobody held its lock.
        await connection.execute("select pg_advisory_lock($1, $2)", LOCKS, number)
        sql = "insert into health.replicas (id, fits) overriding system value values ($1, $2)"
        await connection.execute(sql, number, list(self._fits().values()))
        await connection.add_listener(CHANNEL, self._notifications.receive)
        if last is not None:
            await connection.execute(GIVE_BACK, last, None)
            self._notifications.missed()
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
        await connection.execute(NOTE_UNFIT)
        await connection.execute(END_UNFIT, time.time(), NOBODY, UNFIT)
        if number == await connection.fetchval(f"select min(id) from ({LIVING}) as living"):  # one is enough
            await self._retention.now_and_then(connection)
        self._claims.look()

    def _lost(self, error: BaseException) -> None:
        self.fault = unreachable(error)
        log.error("%s: its jobs are stopped here, new ones are refused, and it is tried again", self.fault)
        self._claims.give_up()
