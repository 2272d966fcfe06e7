"""`run.py backup FILE`: a copy of the journal that a service can start from."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bench.service import WITHOUT_NUMPY
from service.jobs.embedded.journal.batch import Batch
from service.jobs.embedded.journal.database import Store
from tests.jobs.test_unreadable_journal import QUEUED, no_database, other
from tests.process import FAST, ROOT, Process, Start, crash, ended

pytestmark = pytest.mark.long


def backup(journal: Path | str, file: Path) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    command = [sys.executable, *WITHOUT_NUMPY, "backup", str(file)]
    environment = {**os.environ, "HEALTH_JOBS_JOURNAL": str(journal)}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


@contextmanager
def under_load(service: Process) -> Iterator[list[int]]:
    """Jobs are being taken for as long as the context lasts; the ids of those that were acknowledged so far."""
    acknowledged: list[int] = []
    many, over = threading.Event(), threading.Event()

    def client() -> None:
        while not over.is_set():
            status, job = service.ask("POST", "/api/fast", {})
            if status == 202:
                acknowledged.append(job["job_id"])
            if len(acknowledged) > 50:
                many.set()

    threads = [threading.Thread(target=client) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        assert many.wait(60)
        yield acknowledged
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_backup_has_all_that_was_acknowledged(start: Start, tmp_path: Path) -> None:
    """Made while jobs are being taken; a service on it has each of them, done or done again, and ids go on."""
    service = start()
    service.ready()
    journal, file = tmp_path / "jobs.sqlite3", tmp_path / "backup.sqlite3"
    service.ask("POST", "/api/slow", {"millions": 900_000})
    with under_load(service) as acknowledged:
        before = list(acknowledged)
        code, output, errors = backup(journal, file)
    assert (code, errors) == (0, "")
    with closing(sqlite3.connect(file)) as copy:
        [(count,)] = copy.execute("select count(*) from jobs")
    assert output == f"{file}: written, {count:,} jobs, {file.stat().st_size:,} bytes\n"
    assert service.ask("DELETE", "/api/jobs/1")[0] == 200
    restored = start(jobs_journal=file, results_folder=tmp_path / "others")
    restored.ready()
    assert {ended(restored, job_id)[0] for job_id in before} == {200}
    assert restored.ask("GET", "/api/status/1")[1]["arguments"] == {"millions": 900_000}
    assert restored.ask("POST", "/api/fast", {})[1]["job_id"] > max(before)


def test_long_answers_are_computed_again(start: Start, tmp_path: Path) -> None:
    """They are not in the backup, so where their files are missing their jobs run again."""
    (tmp_path / "sql" / "long.sql").write_text("-- Long.\nselect range as n from range(1000)\n", encoding="utf-8")
    service = start(results_memory_rows=100)
    service.ready()
    service.ask("POST", "/api/long", {})
    before = ended(service, 1)
    assert backup(tmp_path / "jobs.sqlite3", tmp_path / "backup.sqlite3")[0] == 0
    restored = start(jobs_journal=tmp_path / "backup.sqlite3", results_folder=tmp_path / "others")
    restored.ready()
    assert ended(restored, 1) == before
    assert "from the journal: 0 finished jobs, and 1 that run again" in restored.log()


def test_a_backup_needs_no_service(start: Start, tmp_path: Path) -> None:
    """What a crash left in SQLite's log is in it too; nobody else can read it."""
    service = start()
    service.ready()
    service.ask("POST", "/api/fast", {})
    crash(service)
    code, output, _ = backup(tmp_path / "jobs.sqlite3", tmp_path / "backup.sqlite3")
    assert (code, ": written, 1 job, " in output) == (0, True)
    assert (tmp_path / "backup.sqlite3").stat().st_mode & 0o077 == 0


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    """Neither another backup nor the journal itself."""
    journal, file = tmp_path / "jobs.sqlite3", tmp_path / "backup.sqlite3"
    Store(journal, "normal").close()
    file.write_text(FAST, encoding="utf-8")
    for existing in (file, journal):
        code, _, errors = backup(journal, existing)
        assert (code, f"{existing}: exists already; name another file" in errors) == (2, True)
    assert file.read_text(encoding="utf-8") == FAST


@pytest.mark.parametrize("spoil", [other, no_database, Path.touch], ids=["other", "no_database", "empty"])
def test_what_is_not_a_journal_is_not_copied(tmp_path: Path, spoil: object) -> None:
    """The reason says which file it is, and nothing is left beside the backup."""
    journal = tmp_path / "jobs.sqlite3"
    assert callable(spoil)
    spoil(journal)
    (tmp_path / "backups").mkdir()
    code, _, errors = backup(journal, tmp_path / "backups" / "backup.sqlite3")
    assert (code, f"{journal}: cannot be copied to" in errors, len(errors.splitlines())) == (2, True, 1)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_damaged_journal_is_not_copied(tmp_path: Path) -> None:
    """A backup that could not be used later is no backup."""
    journal = tmp_path / "jobs.sqlite3"
    store = Store(journal, "normal")
    store.write(Batch([QUEUED._replace(id=number) for number in range(1, 500)]))
    store.close()
    content = bytearray(journal.read_bytes())
    content[-4096:] = b"\xff" * 4096
    journal.write_bytes(content)
    code, _, errors = backup(journal, tmp_path / "backup.sqlite3")
    assert (code, f"{journal}: is damaged (" in errors) == (2, True)
    assert not (tmp_path / "backup.sqlite3").exists()


@pytest.mark.parametrize(
    ("journal", "file", "reason"),
    [
        ("", "backup.sqlite3", "there is no journal: [jobs] journal is empty"),
        ("none.sqlite3", "backup.sqlite3", "none.sqlite3: there is no journal to copy; name it in [jobs] journal"),
        ("jobs.sqlite3", "none/backup.sqlite3", "backup.sqlite3: cannot be written: No such file or directory"),
    ],
)
def test_what_keeps_it_from_a_backup_is_said(tmp_path: Path, journal: str, file: str, reason: str) -> None:
    """Exit code 2 and one line."""
    Store(tmp_path / "jobs.sqlite3", "normal").close()
    code, _, errors = backup(tmp_path / journal if journal else "", tmp_path / file)
    assert (code, reason in errors, len(errors.splitlines())) == (2, True, 1)
