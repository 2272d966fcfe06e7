"""Jobs that all replicas of the service share, in PostgreSQL: any replica accepts, runs and answers for any job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from service.answers.store import AnswerStore
from service.engine.spool import Spool
from service.errors import StartError
from service.jobs.postgresql.claims import Claims
from service.jobs.postgresql.database import AWAY, connect, open_database
from service.jobs.postgresql.notifications import Notifications
from service.jobs.postgresql.replica import Replica
from service.jobs.postgresql.retention import Retention
from service.jobs.postgresql.schema import LIVING, migrate
from service.jobs.postgresql.shared_answers import SharedAnswers
from service.jobs.postgresql.shared_folder import require_shared
from service.jobs.postgresql.store import PostgreSQLStore
from service.jobs.postgresql.submissions import Submissions
from service.jobs.protocol import FindQuery, Fits
from service.jobs.runner.in_flight import InFlight
from service.jobs.runner.pool import Pool
from service.settings import Settings


@asynccontextmanager
async def opened(settings: Settings, spool: Spool, find_query: FindQuery, fits: Fits) -> AsyncIterator[PostgreSQLStore]:
    """The store, of which this process is a replica. Raises StartError for a database that cannot be used."""
    spool.require_room()
    async with AsyncExitStack() as stack:
        database = await open_database(settings.jobs.url)
        stack.push_async_callback(database.close)
        await _prepare(settings.jobs.url, spool.folder)
        in_flight = InFlight(None)
        stack.callback(in_flight.close)
        answers = AnswerStore(settings.cache.bytes)
        shared = SharedAnswers(database, answers, spool.folder)
        claims = Claims(database, shared, settings.worker_threads, find_query, fits)
        claims.pool = pool = Pool(settings, claims, answers, in_flight)
        stack.callback(pool.close)
        notifications = Notifications(database, claims.look, claims.cancelled)
        stack.callback(notifications.close)
        retention = Retention(settings, spool.folder, LIVING)
        replica = Replica(settings.jobs.url, claims, notifications, fits, retention)
        stack.callback(replica.leave)
        stack.push_async_callback(claims.close)  # before it leaves: what runs is given back, and is no crash
        await replica.join()
        yield PostgreSQLStore(
            database=database,
            submissions=Submissions(database, settings.workers.max_pending),
            claims=claims,
            notifications=notifications,
            replica=replica,
            pool=pool,
            answers=answers,
            shared=shared,
            retention=retention,
        )


async def _prepare(url: str, folder: Path) -> None:
    """The tables and the folder, as replicas need them; those that start at once take turns."""
    try:
        connection = await connect(url)
        try:
            async with connection.transaction():
                await migrate(connection)
                await require_shared(connection, folder)
        finally:
            await connection.close()
    except (*AWAY, asyncpg.PostgresError) as error:
        raise StartError(f"[jobs] url: the tables cannot be made: {type(error).__name__}: {error}") from None
