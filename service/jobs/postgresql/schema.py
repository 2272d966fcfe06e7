"""The tables that replicas share, version by version."""

from __future__ import annotations

from asyncpg import Connection

from service.errors import StartError

LOCKS = 4817
"""The first number of every advisory lock of the service's; the second is a replica's, or 0 for who changes tables."""
LIVING = f"""
select objid::int as id
from pg_locks
where
    locktype = 'advisory'
    and granted
    and classid = {LOCKS}
    and objid <> 0
    and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())
"""
"""SQL for the numbers of the replicas that live."""

MIGRATIONS = (
    """
    create sequence health.job_ids;
    create table health.jobs (
        id bigint primary key,
        statistic text not null,
        arguments text not null,
        key text not null,
        fits text not null,
        fresh boolean not null,
        request_id text not null,
        submitted_at double precision not null,
        state text not null,
        started_at double precision,
        finished_at double precision,
        replica integer,
        unfit_since double precision,
        crashes integer not null default 0,
        answer bigint,
        rows bigint,
        error text
    );
    create index jobs_queued on health.jobs (id) where state = 'queued';
    create index jobs_pending on health.jobs (state) where state in ('queued', 'running');
    create index jobs_running on health.jobs (key) where state = 'running';
    create index jobs_finished on health.jobs (finished_at) where finished_at is not null;
    create index jobs_answer on health.jobs (answer) where answer is not null;
    create table health.answers (
        id bigint generated always as identity primary key,
        key text not null,
        provenance text not null,
        returns text not null,
        length bigint not null,
        data bytea,
        file text,
        bytes bigint not null,
        dataset text not null,
        sample boolean not null,
        made_at double precision not null
    );
    create index answers_key on health.answers (key, id);
    create table health.folder (mark text not null);
    create table health.keys (
        key text primary key,
        fingerprint text not null,
        job bigint not null,
        given_at double precision not null
    );
    create table health.replicas (
        id integer generated always as identity primary key,
        fits text[] not null,
        draining boolean not null default false,
        joined_at timestamptz not null default clock_timestamp()
    );
    """,
)
"""A database of version n needs those from n on. To change a table, add one; those that exist never change."""


async def migrate(connection: Connection) -> None:
    """Make the tables what this version of the service expects; raises StartError when they are of a newer version.

    In a transaction that holds the lock of who changes tables.
    """
    await connection.execute("select pg_advisory_xact_lock($1, 0)", LOCKS)
    await connection.execute("create schema if not exists health")
    await connection.execute("create table if not exists health.version (version integer not null)")
    version = await connection.fetchval("select max(version) from health.version") or 0
    if version > len(MIGRATIONS):
        reason = f"the tables in PostgreSQL are of version {version}, and this service knows {len(MIGRATIONS)}"
        raise StartError(f"{reason}; start a newer one")
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        await connection.execute(statements)
        await connection.execute("insert into health.version values ($1)", number)
