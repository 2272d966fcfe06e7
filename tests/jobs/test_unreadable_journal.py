"""A journal that cannot be read: put aside with a clear message, never overwritten, and the service starts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.errors import StartError
from service.jobs.embedded.journal.batch import Batch, JobRow
from service.jobs.embedded.journal.database import Store
from service.runtime.editions import Editions
from tests.conftest import serving, settings_for
from tests.process import Start, crash, ended

QUEUED = JobRow(
    id=1,
    statistic="fast",
    arguments="{}",
    key="key",
    submitted_at=1.0,
    state="queued",
    started_at=None,
    finished_at=None,
    answer=None,
    error=None,
    crashes=0,
)


def damage(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8000))


def no_database(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def half(path: Path) -> None:
    """A journal whose end is missing."""
    row()(path)
    path.write_bytes(path.read_bytes()[:-4096])


def no_table(path: Path) -> None:
    """A journal of this version without one of its tables."""
    row()(path)
    with sqlite3.connect(path) as connection:
        connection.execute("drop table keys")
    connection.close()


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
        store.write(Batch([QUEUED]))
        store.close()
        with sqlite3.connect(path) as connection:
            for name, value in values.items():
                connection.execute(f"update jobs set {name} = ?", [value])
        connection.close()

    return spoil


SPOILT = {
    "damage": damage,
    "no_database": no_database,
    "half": half,
    "no_table": no_table,
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
async def test_a_journal_that_cannot_be_read_is_put_aside(
    editions: Editions, tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Any
) -> None:
    """It is renamed, not overwritten; the log says so; the service starts with a new one."""
    path = tmp_path / "jobs.sqlite3"
    spoil(path)
    spoilt = path if path.exists() else path.with_name(f"{path.name}-wal")
    content = spoilt.read_bytes()
    settings = settings_for(tmp_path, jobs_journal=path)
    async with serving(settings, editions):
        [aside] = [file for file in tmp_path.glob("jobs.sqlite3.2*") if file.read_bytes() == content]
        assert f"it was put aside as {aside.name.removesuffix('-wal')}," in caplog.text
    async with serving(settings, editions) as client:
        job_id = await client.start("global_mean", question="Q036")
        assert job_id > 1  # which a client of before may still ask for
        assert (await client.results(job_id)).status == 200


def test_ids_that_a_lost_journal_gave_are_not_given_again_after_a_crash(start: Start, tmp_path: Path) -> None:
    """Though nothing was asked before it."""
    damage(tmp_path / "jobs.sqlite3")
    service = start()
    service.ready()
    crash(service)
    service = start()
    service.ready()
    _, job = service.ask("POST", "/api/fast", {})
    assert job["job_id"] > 1
    assert ended(service, job["job_id"])[0] == 200


def test_a_newer_journal_is_put_aside_with_a_sentence(tmp_path: Path) -> None:
    """It says which version the file is of, and which this service knows."""
    newer(tmp_path / "jobs.sqlite3")
    store = Store(tmp_path / "jobs.sqlite3", "normal")
    store.close()
    assert store.put_aside
    assert "cannot be used (it is of version 999, and this service knows 1); it was put aside as" in store.put_aside


def test_a_folder_in_its_place_is_a_reason_not_to_start(tmp_path: Path) -> None:
    """It is not damaged, so it is not put aside."""
    (tmp_path / "jobs.sqlite3").mkdir()
    with pytest.raises(StartError, match="the journal cannot be opened: unable to open database file; correct"):
        Store(tmp_path / "jobs.sqlite3", "normal")


def test_a_start_that_failed_is_no_lost_journal(tmp_path: Path) -> None:
    """Once it can be made, its first job is 1."""
    path = tmp_path / "jobs.sqlite3"
    path.mkdir()
    with pytest.raises(StartError):
        Store(path, "normal")
    path.rmdir()
    store = Store(path, "normal")
    store.close()
    assert (store.put_aside, store.kept.last_id) == (None, 0)


def test_a_crash_lets_go_of_the_journal(start: Start) -> None:
    """However the process ended, the next one may have it at once."""
    service = start()
    service.ready()
    crash(service)
    start().ready()


def test_a_journal_that_is_written_by_a_shell_is_said(tmp_path: Path) -> None:
    """Whoever holds SQLite's own lock keeps the service from starting, and nothing is put aside."""
    path = tmp_path / "jobs.sqlite3"
    Store(path, "normal").close()
    shell = sqlite3.connect(path, isolation_level=None)
    shell.execute("pragma locking_mode = exclusive")
    shell.execute("begin immediate")
    with pytest.raises(StartError, match="another process uses this journal"):
        Store(path, "normal")
    shell.close()
    assert [file.name for file in tmp_path.iterdir()] == ["jobs.sqlite3", "jobs.sqlite3.lock"]
