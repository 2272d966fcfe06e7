"""The journal's tables, version by version."""

from __future__ import annotations

import sqlite3

MIGRATIONS = (
    """
    create table jobs (
        id integer primary key autoincrement,
        statistic text not null,
        arguments text not null,
        key text not null,
        submitted_at real not null,
        state text not null,
        started_at real,
        finished_at real,
        answer integer,
        error text,
        crashes integer not null
    );
    create table answers (
        id integer primary key,
        key text not null,
        provenance text not null,
        returns text not null,
        length integer not null,
        data blob,
        file text
    );
    create table keys (
        key text primary key,
        fingerprint text not null,
        job integer not null,
        given_at real not null
    );
    """,
)
"""A file of version n needs those from n on. To change a table, add one at the end; those that exist never change."""


class Foreign(Exception):
    """The file is not a journal, or is one of a later version of the service."""


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a file, 0 for an empty one; raises Foreign."""
    [(version,)] = connection.execute("pragma user_version")
    if version > len(MIGRATIONS):
        raise Foreign(f"it is of version {version}, and this service knows {len(MIGRATIONS)}")
    [(tables,)] = connection.execute("select count(*) from sqlite_schema")
    if version == 0 and tables:
        raise Foreign("it is a database of something else")
    return int(version)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file of an earlier version up to date, each step as a whole."""
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        connection.executescript(f"begin immediate; {script}; pragma user_version = {number}; commit;")
