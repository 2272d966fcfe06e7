"""What tests of replicas do with them, and with their database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from service.errors import ServiceError
from service.jobs.job import Job, State
from service.jobs.postgresql.store import PostgreSQLStore
from service.runtime.lifespan import Service
from tests.jobs.database import Database
from tests.waiting import LIMIT

CANCELLED = ServiceError("the job was cancelled", status=409)
FOREVER = {"millions": 1_000_000}
LONG = """\
-- Many rows.
-- $rows integer(1..1000000) = 1: how many
-- returns: rows
select range as n from range($rows)
"""
Replica = Callable[..., Awaitable[Service]]
"""A function that starts one more."""


async def running(service: Service, **arguments: object) -> Job:
    """A job without end, which runs in that replica or another."""
    job = (await service.jobs.submit(service.editions.query("slow", {**FOREVER, **arguments}))).job
    while job.state is State.QUEUED:
        job = await service.jobs.changed(job, LIMIT)
    return job


def number_of(service: Service) -> int | None:
    assert isinstance(service.jobs, PostgreSQLStore)
    return service.jobs.claims.replica


async def lose_connection(database: Database) -> None:
    """End every connection that a replica listens on."""
    connection = await asyncpg.connect(database.url)
    try:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def sql(database: Database, *statements: str) -> list[asyncpg.Record]:
    """What the last of them gives."""
    connection = await asyncpg.connect(database.url)
    try:
        rows: list[asyncpg.Record] = [await connection.fetch(statement) for statement in statements][-1]
        return rows
    finally:
        await connection.close()


async def found(database: Database, statement: str) -> asyncpg.Record:
    """Its first row, once there is one."""
    while not (rows := await sql(database, statement)):  # noqa: ASYNC110 - replicas change it
        await asyncio.sleep(0.01)
    return rows[0]
