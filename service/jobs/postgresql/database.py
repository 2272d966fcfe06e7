"""Connections to PostgreSQL, whose faults are those of the service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from service.errors import StartError, Unavailable

AWAY = (
    *(OSError, TimeoutError),
    *(asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError),
    *(asyncpg.TransactionRollbackError, asyncpg.OperatorInterventionError),
    *(asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError),
)
"""What says that the database cannot be reached, or takes nothing now; InterfaceError is of a closed connection."""
SECONDS = 10.0
"""Most for a statement, and for a new connection."""
CHANNEL = "health_jobs"
PART = 200
"""Most jobs of a notification, which must be under 8,000 bytes."""
MOST_CONNECTIONS = 4
"""Of one replica, beside the one that it listens on; statements are short, and each is of many jobs."""
SETTINGS = {
    "application_name": "health",
    "statement_timeout": f"{SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": f"{SECONDS:.0f}s",
    # So that the server notices within seconds that a replica's machine has gone, and frees its lock.
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
}


def notified(changed: str) -> str:
    """SQL that notifies all replicas of jobs; `changed` names what has their `id` and `state`.

    It belongs to the statement that changes them, in as few parts as there can be: commits that notify wait for each
    other.
    """
    return f"""
    select pg_notify('{CHANNEL}', json_build_object('jobs', json_agg(json_build_array(id, state)))::text)
    from (select id, state, row_number() over () / {PART} as part from {changed}) as parts
    group by part
    """


async def connect(url: str) -> asyncpg.Connection:
    """A connection of its own; raises what is in AWAY, and others of asyncpg's."""
    return await asyncpg.connect(url, timeout=SECONDS, command_timeout=SECONDS, server_settings=SETTINGS)


def unreachable(error: BaseException) -> str:
    """What is wrong, without the address, which may hold a password."""
    return f"PostgreSQL cannot be reached ({type(error).__name__})"


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise Unavailable(f"jobs cannot be kept: {unreachable(error)}; ask again in a second", retry_after=1) from None


class Database:
    """A few connections, for one statement each. Every method raises Unavailable while the database is away."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        with _faults():
            found: list[asyncpg.Record] = await self._pool.fetch(sql, *values)
            return found

    async def row(self, sql: str, *values: Any) -> asyncpg.Record | None:
        with _faults():
            return await self._pool.fetchrow(sql, *values)

    async def value(self, sql: str, *values: Any) -> Any:
        with _faults():
            return await self._pool.fetchval(sql, *values)

    async def close(self) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                await self._pool.close()
        except (TimeoutError, *AWAY):
            self._pool.terminate()


async def _leave_as_it_is(_: asyncpg.Connection) -> None:
    """Statements leave nothing behind, and to reset a connection after each would take as long as most of them."""


async def open_database(url: str) -> Database:
    """Raises StartError, which never names the password, when there is no such database."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise StartError("[jobs] url: postgresql://user:password@host/name is wanted where store is postgresql")
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=MOST_CONNECTIONS,
            timeout=SECONDS,
            command_timeout=SECONDS,
            server_settings=SETTINGS,
            reset=_leave_as_it_is,
        )
    except (*AWAY, asyncpg.PostgresError, ValueError) as error:
        said = f": {error}" if isinstance(error, asyncpg.PostgresError) else ""
        raise StartError(f"[jobs] url: {unreachable(error)}{said}; correct the url, or start PostgreSQL") from None
    return Database(pool)
