"""The journal's file: SQLite in WAL mode. Blocking; one thread at a time."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from service.engine.result import stamp
from service.errors import StartError
from service.jobs.embedded.journal.batch import AnswerRow, Batch, JobRow, statements
from service.jobs.embedded.journal.schema import Foreign, migrate, version_of
from service.jobs.embedded.lock import code_of, lock, refusal
from service.jobs.idempotency import Entry

AnyRow = TypeVar("AnyRow", JobRow, AnswerRow, Entry)

NAME, SETTING = "journal", "[jobs] journal"
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}
"""The file's content cannot be used; any other error is about access to the file."""


class Kept(NamedTuple):
    """What a file holds; `last_id` is the highest id that a job ever had."""

    jobs: list[JobRow]
    answers: list[AnswerRow]
    keys: list[Entry]
    last_id: int


LONG_LOG = 4_000_000
"""Bytes of SQLite's log before it is moved into the file itself. SQLite would choose a moment of its own."""
IDS_A_SECOND = 100_000
"""More than can be assigned, so that so many for each second since 1970 are an id that was never assigned."""


class Store:
    """An open file. Other processes may read it, but no other service may open it."""

    def __init__(self, path: Path, sync: str) -> None:
        """Open or make the file; what is damaged or newer is put aside. Raises StartError when it is in use."""
        self._path, self._sync = path, sync
        self._log = path.with_name(f"{path.name}-wal")
        self.put_aside: str | None = None
        self.flushes = sync == "full"
        """Whether each batch waits for the disk."""
        self._beside = path.with_name(f"{path.name}.lock")
        was_there = self._beside.exists()  # and so was a journal, since this file stays
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartError(f"{path}: the journal cannot be made: {error.strerror}; correct [jobs] journal") from None
        self._lock = lock(self._beside, NAME, SETTING)
        try:
            self._open_or_put_aside(was_there)
        except BaseException:
            if not was_there:  # nor is there one now
                with suppress(OSError):
                    self._beside.unlink()
            self._lock.close()
            raise
        self._seen = self._look()

    def _open_or_put_aside(self, was_there: bool) -> None:
        try:
            if not _size(self._path) and (was_there or _size(self._log)):
                raise Foreign("it is missing or empty, and was there before")
            self._connection, self.kept = _open(self._path, self._sync)
        except sqlite3.Error as error:
            if code_of(error) not in DAMAGED:
                raise refusal(error, self._path, NAME, SETTING) from None
            self._begin_anew(str(error))
        except (Foreign, ValueError, TypeError) as error:
            self._begin_anew(str(error))

    def _begin_anew(self, reason: str, last_id: int | None = None) -> None:
        """Put the file aside. Where its ids are unknown, new ones begin above any that it may have assigned."""
        aside = _put_aside(self._path)
        self._connection, _ = _open(self._path, self._sync)
        last_id = last_id if last_id is not None else int(time.time() * IDS_A_SECOND)
        self.put_aside = (
            f"{self._path}: the journal cannot be used ({reason}); {aside}a new one was begun, whose first job is "
            f"{last_id + 1}"
        )
        self._connection.execute("insert into sqlite_sequence (name, seq) values ('jobs', ?)", [last_id])
        self.kept = Kept(jobs=[], answers=[], keys=[], last_id=last_id)

    def give_up(self, reason: str) -> None:
        """What was read cannot be used: put the file aside, and begin a new one, where ids go on."""
        self._connection.close()
        self._begin_anew(reason, self.kept.last_id)

    @property
    def is_lost(self) -> bool:
        """Whether the file, its log or its lock was removed or replaced, or the file written by others.

        Of this process only `tidy_and_write` changes the file itself; every other write goes to the log.
        """
        return self._seen != self._look()

    def notice(self, error: Exception) -> None:
        """The file is lost, too, when SQLite finds damage in it."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            self._seen = None

    def _look(self) -> object:
        inodes = [found and found[0] for found in map(stamp, (self._log, self._beside))]
        return stamp(self._path), inodes

    def begin_anew(self, last_id: int) -> None:
        """Put aside what is there instead of the open file, if anything is, and begin a new one, where ids go on.

        Raises OSError, StartError or sqlite3.Error where that cannot be done yet.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock.close()  # its file may be gone as well, and another service may have come
        self._lock = lock(self._beside, NAME, SETTING)
        old = self._connection
        try:
            self._begin_anew("it was removed or replaced while it was open", last_id)
        except sqlite3.Error:
            if not _size(self._path):
                self._path.unlink(missing_ok=True)
            raise
        old.close()
        self._seen = self._look()

    def forget_kept(self) -> None:
        """Free what was read at the start, once it is in the job table."""
        self.kept = Kept(jobs=[], answers=[], keys=[], last_id=self.kept.last_id)

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
        with suppress(OSError, sqlite3.OperationalError):  # if the disk is full, writing the batch will fail too
            if self._log.stat().st_size > LONG_LOG and not self.is_lost:
                self._connection.execute("pragma wal_checkpoint(truncate)").fetchall()
                self._seen = self._look()
        self.write(batch)

    def close(self) -> None:
        """Move everything into the one file and close it."""
        self._connection.close()
        self._lock.close()


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None


def _open(path: Path, sync: str) -> tuple[sqlite3.Connection, Kept]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)
    try:
        version = version_of(connection)
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma synchronous = {sync}")
        connection.execute("pragma wal_autocheckpoint = 0")
        [(health,)] = connection.execute("pragma quick_check(1)")
        if health != "ok":
            raise sqlite3.DatabaseError(health)
        migrate(connection, version)
        return connection, _read(connection)
    except BaseException:
        connection.close()
        raise


def _read(connection: sqlite3.Connection) -> Kept:
    jobs = _rows(connection, JobRow, "jobs order by id")
    highest = connection.execute("select seq from sqlite_sequence where name = 'jobs'").fetchone()
    return Kept(
        jobs=jobs,
        answers=_rows(connection, AnswerRow, "answers"),
        keys=_rows(connection, Entry, "keys order by given_at"),
        last_id=max(int(highest[0]) if highest else 0, jobs[-1].id if jobs else 0),
    )


def _rows(connection: sqlite3.Connection, kind: type[AnyRow], source: str) -> list[AnyRow]:
    """The rows of a table, with the columns that this version knows."""
    return list(map(kind._make, connection.execute(f"select {', '.join(kind._fields)} from {source}")))  # noqa: S608


def _put_aside(path: Path) -> str:
    """Rename the file and what belongs to it; what was done, in words."""
    stamped = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = path.with_name(f"{path.name}.{stamped}")
    done = ""
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
            done = f"it was put aside as {aside.name}, and "
    return done
