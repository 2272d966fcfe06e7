"""The journal's file: SQLite in WAL mode. Blocking; one thread at a time."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from service.errors import JournalInUse, StartError
from service.jobs.embedded.journal.batch import AnswerRow, Batch, JobRow, statements
from service.jobs.embedded.journal.schema import Foreign, migrate, version_of
from service.jobs.idempotency import Entry

AnyRow = TypeVar("AnyRow", JobRow, AnswerRow, Entry)

BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
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
IDS_A_SECOND = 1000
"""More than are assigned on average since 1970, so the milliseconds since then are an id that was never assigned."""


class Store:
    """An open file. Other processes may read it, but no other service may open it."""

    def __init__(self, path: Path, sync: str) -> None:
        """Open or make the file; what is damaged or newer is put aside. Raises StartError when it is in use."""
        self._path, self._sync = path, sync
        self._log = path.with_name(f"{path.name}-wal")
        self.put_aside: str | None = None
        self.flushes = sync == "full"
        """Whether each batch waits for the disk."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(path.with_name(f"{path.name}.lock"))
        except OSError as error:
            raise StartError(f"{path}: the journal cannot be made: {error.strerror}; correct [jobs] journal") from None
        except sqlite3.Error as error:
            raise _unavailable(path, error) from None
        try:
            self._open_or_put_aside()
        except BaseException:
            self._lock.close()
            raise

    def _open_or_put_aside(self) -> None:
        try:
            if not _size(self._path) and _size(self._log):
                raise Foreign("it is missing or empty, but its log is not")
            self._connection, self.kept = _open(self._path, self._sync)
        except sqlite3.Error as error:
            if _code(error) not in DAMAGED:
                raise _unavailable(self._path, error) from None
            self._begin_anew(str(error))
        except (Foreign, ValueError, TypeError) as error:
            self._begin_anew(str(error))

    def _begin_anew(self, reason: str, last_id: int | None = None) -> None:
        """Put the file aside. Where its ids are unknown, new ones begin above any that it may have assigned."""
        aside = _put_aside(self._path)
        self._connection, _ = _open(self._path, self._sync)
        last_id = last_id if last_id is not None else int(time.time() * IDS_A_SECOND)
        self.put_aside = (
            f"{self._path}: the journal cannot be read ({reason}); it was put aside as {aside}, and a new one begun, "
            f"whose first job is {last_id + 1}"
        )
        self._connection.execute("insert into sqlite_sequence (name, seq) values ('jobs', ?)", [last_id])
        self.kept = Kept(jobs=[], answers=[], keys=[], last_id=last_id)

    def give_up(self, reason: str) -> None:
        """What was read cannot be used: put the file aside, and begin a new one, where ids go on."""
        self._connection.close()
        self._begin_anew(reason, self.kept.last_id)

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
        with suppress(OSError, sqlite3.Error):  # if the disk is full, writing the batch will fail too
            if self._log.stat().st_size > LONG_LOG:
                self._connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        self.write(batch)

    def close(self) -> None:
        """Move everything into the one file and close it."""
        self._connection.close()
        self._lock.close()


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary code; errors that Python raises about a row have none, and mean damage."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


def _unavailable(path: Path, error: sqlite3.Error) -> StartError:
    if _code(error) in BUSY:
        return JournalInUse(
            f"{path}: another process uses this journal; end it, or name another file in [jobs] journal"
        )
    return StartError(f"{path}: the journal cannot be opened: {error}; correct [jobs] journal")


def _lock(path: Path) -> sqlite3.Connection:
    """Keep other services away for as long as the connection is open; it ends with the process, however that ends.

    SQLite's own lock, on an empty file beside the journal, since the journal itself may be read by others.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)
    try:
        connection.execute("pragma journal_mode = memory")  # else there is a file for it, too
        connection.execute("begin exclusive")
    except BaseException:
        connection.close()
        raise
    return connection


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
    """Rename the file and what belongs to it; its new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = path.with_name(f"{path.name}.{stamp}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside.name
