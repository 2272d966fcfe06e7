"""Jobs that all replicas of the service share, in PostgreSQL: any replica accepts, runs and answers for any job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from service.answers.store import AnswerStore
from service.engine.spool import Spool
from service.errors import StartError
from service.jobs.postgresql.claims import Claims
from service.jobs.postgresql.database import AWAY, connect, open_database
from service.jobs.postgresql.news import News
from service.jobs.postgresql.replica import LIVING, Replica
from service.jobs.postgresql.retention import Tidy
from service.jobs.postgresql.schema import migrate
from service.jobs.postgresql.shared_answers import SharedAnswers
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
        await _prepare(settings.jobs.url)
        in_flight = InFlight(None)
        stack.callback(in_flight.close)
        answers = AnswerStore(settings.cache.bytes)
        shared = SharedAnswers(database, answers, spool.folder)
        claims = Claims(database, shared, settings.worker_threads, find_query, fits)
        claims.pool = pool = Pool(settings, claims, answers, in_flight)
        stack.callback(pool.close)
        news = News(database, claims.look, claims.cancelled)
        stack.callback(news.close)
        tidy = Tidy(settings, spool.folder, LIVING)
        replica = Replica(settings.jobs.url, claims, news, fits, tidy)
        stack.callback(replica.leave)
        stack.push_async_callback(claims.close)  # before it leaves: what runs is given back, and is no crash
        await replica.join()
        yield PostgreSQLStore(
            database=database,
            submissions=Submissions(database, settings.workers.max_pending),
            claims=claims,
            news=news,
            replica=replica,
            pool=pool,
            answers=answers,
            shared=shared,
            tidy=tidy,
        )


async def _prepare(url: str) -> None:
    """Make the tables what they should be."""
    try:
        connection = await connect(url)
        try:
            await migrate(connection)
        finally:
            await connection.close()
    except (*AWAY, asyncpg.PostgresError) as error:
        raise StartError(f"[jobs] url: the tables cannot be made: {type(error).__name__}: {error}") from None
