"""A journal that cannot be read: put aside with a clear message, never overwritten, and the service starts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.jobs.embedded.journal.batch import Batch, JobRow
from service.jobs.embedded.journal.database import Store
from tests.process import Start, crash, ended


def damage(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8000))


def no_database(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 999")
    connection.close()


def other(path: Path) -> None:
    """A file of another application."""
    with sqlite3.connect(path) as connection:
        connection.execute("create table jobs (name text)")
    connection.close()


def emptied(path: Path) -> None:
    """Only SQLite's log is left, which SQLite itself would throw away."""
    path.write_bytes(b"")
    path.with_name(f"{path.name}-wal").write_bytes(b"rows")


def lost(path: Path) -> None:
    """Only SQLite's log is there."""
    path.with_name(f"{path.name}-wal").write_bytes(b"rows")


def row(**values: object) -> Callable[[Path], None]:
    """A journal with a job that makes no sense."""

    def spoil(path: Path) -> None:
        store = Store(path, "normal")
        store.write(Batch([JobRow(1, "fast", "{}", "key", 1.0, "queued", None, None, None, None, 0)]))
        store.close()
        with sqlite3.connect(path) as connection:
            for name, value in values.items():
                connection.execute(f"update jobs set {name} = ?", [value])
        connection.close()

    return spoil


SPOILT = {
    "damage": damage,
    "no_database": no_database,
    "newer": newer,
    "other": other,
    "emptied": emptied,
    "state": row(state="lost"),
    "arguments": row(arguments="{"),
    "list": row(arguments="[1]"),
    "time": row(submitted_at="abc"),
    "no_end": row(state="error"),
    "lost": lost,
    "bytes": row(arguments=b"\xff"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_journal_that_cannot_be_read_is_put_aside(start: Start, tmp_path: Path, spoil: Any) -> None:
    """It is renamed, not overwritten; the log says so; the service starts with a new one."""
    path = tmp_path / "jobs.sqlite3"
    spoil(path)
    spoilt = path if path.exists() else path.with_name(f"{path.name}-wal")
    content = spoilt.read_bytes()
    service = start()
    service.ready()
    [aside] = [file for file in tmp_path.glob("jobs.sqlite3.2*") if file.read_bytes() == content]
    assert f"it was put aside as {aside.name.removesuffix('-wal')}," in service.log()
    crash(service)
    service = start()
    service.ready()
    _, job = service.ask("POST", "/api/fast", {})
    assert job["job_id"] > 1  # which a client of before may still ask for
    assert ended(service, job["job_id"])[0] == 200


def test_a_journal_in_use_is_said(start: Start) -> None:
    """Two services cannot share one."""
    start().ready()
    code, errors = start().ended()
    assert code == 2
    assert "another process uses this journal" in errors
