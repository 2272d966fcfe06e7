"""The journal's file: SQLite in WAL mode. Blocking; one thread at a time."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from service.errors import StartError
from service.jobs.embedded.journal.batch import AnswerRow, Batch, JobRow, KeyRow, statements

VERSION = 1
"""Of the tables below. A file of a newer version is put aside; an older one would be brought up to date here."""
TABLES = """
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
"""


class Kept(NamedTuple):
    """What a file holds; `last_id` is the highest id that a job ever had."""

    jobs: list[JobRow]
    answers: list[AnswerRow]
    keys: list[KeyRow]
    last_id: int


LONG_LOG = 4_000_000
"""Bytes of SQLite's log before it is moved into the file itself. SQLite would do so at a moment of its own choice."""
IDS_A_SECOND = 1000
"""More than are given on average since 1970, so that the milliseconds since then are an id that was never given."""


class Store:
    """An open file, which no other process may open."""

    def __init__(self, path: Path, sync: str) -> None:
        """Open or make the file; what is damaged or newer is put aside. Raises StartError when it is in use."""
        self._path, self._sync = path, sync
        self._log = path.with_name(f"{path.name}-wal")
        self.put_aside: str | None = None
        self.flushes = sync == "full"
        """Whether each batch waits for the disk."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not _size(path) and _size(self._log):
                raise _Other("it is missing or empty, but its log is not")
            self._connection, self.kept = _open(path, sync)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StartError(
                    f"{path}: another process uses this journal; end it, or name another file in [jobs] journal"
                ) from None
            if not _is_damage(error):
                raise StartError(f"{path}: the journal cannot be opened: {error}; mend [jobs] journal") from None
            self._begin_anew(str(error))
        except OSError as error:
            raise StartError(f"{path}: the journal cannot be made: {error.strerror}; mend [jobs] journal") from None
        except (sqlite3.DatabaseError, _Newer, _Other, ValueError, TypeError) as error:
            self._begin_anew(str(error))

    def _begin_anew(self, reason: str, last_id: int | None = None) -> None:
        """Put the file aside. Where its ids cannot be known, the new ones begin above any that it may have given."""
        aside = _put_aside(self._path)
        self._connection, _ = _open(self._path, self._sync)
        last_id = last_id if last_id is not None else int(time.time() * IDS_A_SECOND)
        self.put_aside = (
            f"{self._path}: the journal cannot be read ({reason}); it was put aside as {aside}, and a new one begun, "
            f"whose first job is {last_id + 1}"
        )
        self._connection.execute("insert into sqlite_sequence values ('jobs', ?)", [last_id])
        self.kept = Kept([], [], [], last_id)

    def give_up(self, reason: str) -> None:
        """What was read cannot be used: put the file aside, and begin a new one, where ids go on."""
        self._connection.close()
        self._begin_anew(reason, self.kept.last_id)

    def forget_kept(self) -> None:
        """What was read at the start has been taken over."""
        self.kept = Kept([], [], [], self.kept.last_id)

    def write(self, batch: Batch) -> None:
        """All of the batch, or nothing of it; raises sqlite3.Error."""
        steps = list(statements(batch))
        connection = self._connection
        if len(steps) == 1:  # a transaction of its own
            connection.execute(*steps[0])
            return
        connection.execute("begin immediate")
        try:
            for sql, values in steps:
                connection.execute(sql, values)
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise

    def tidy_and_write(self, batch: Batch) -> None:
        """Move the log into the file when it has become long, and write: both may take as long as a flush.

        In this order, since the first batch of a new log is flushed with its head.
        """
        with suppress(OSError, sqlite3.Error):  # where there is no room for it, the batch itself will tell
            if self._log.stat().st_size > LONG_LOG:
                self._connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        self.write(batch)

    def close(self) -> None:
        """Bring everything into the one file and let it go."""
        self._connection.close()


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether it is about what is in the file, not about getting at it."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code == sqlite3.SQLITE_ERROR


class _Other(Exception):
    """The file is no journal."""


class _Newer(Exception):
    """The file is of a later version of the service."""


def _open(path: Path, sync: str) -> tuple[sqlite3.Connection, Kept]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)
    try:
        connection.execute("pragma locking_mode = exclusive")
        [(version,)] = connection.execute("pragma user_version")
        if version > VERSION:
            raise _Newer(f"it is of version {version}, and this service knows {VERSION}")
        [(tables,)] = connection.execute("select count(*) from sqlite_schema")
        if version == 0 and tables:
            raise _Other("it is a database of something else")
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma synchronous = {sync}")
        connection.execute("pragma wal_autocheckpoint = 0")
        [(health,)] = connection.execute("pragma quick_check(1)")
        if health != "ok":
            raise sqlite3.DatabaseError(health)
        if version == 0:
            connection.executescript(f"begin; {TABLES} pragma user_version = {VERSION}; commit;")
        # Takes the lock, so that a second process finds out now.
        connection.execute("begin exclusive")
        connection.execute("commit")
        return connection, _read(connection)
    except BaseException:
        connection.close()
        raise


def _read(connection: sqlite3.Connection) -> Kept:
    jobs = [JobRow(*row) for row in connection.execute("select * from jobs order by id")]
    answers = [AnswerRow(*row) for row in connection.execute("select * from answers")]
    keys = [KeyRow(*row) for row in connection.execute("select * from keys order by given_at")]
    highest = connection.execute("select seq from sqlite_sequence where name = 'jobs'").fetchone()
    return Kept(jobs, answers, keys, max(int(highest[0]) if highest else 0, jobs[-1].id if jobs else 0))


def _put_aside(path: Path) -> str:
    """Rename the file and what belongs to it; its new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = path.with_name(f"{path.name}.{stamp}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside.name
