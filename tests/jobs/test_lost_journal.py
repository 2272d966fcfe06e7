"""A journal that is removed or replaced under the running service: noticed at once, and no id is given twice."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.process import Process, Start, crash, ended, has_logged
from tests.waiting import until, wait_until

LOST = "its file was removed, replaced or damaged; new jobs are refused until there is a new one"


def remove(journal: Path) -> None:
    journal.unlink()


def remove_its_log(journal: Path) -> None:
    journal.with_name(f"{journal.name}-wal").unlink()


def remove_its_lock(journal: Path) -> None:
    journal.with_name(f"{journal.name}.lock").unlink()


def remove_everything(journal: Path) -> None:
    for file in journal.parent.glob(f"{journal.name}*"):
        file.unlink()


def replace(journal: Path) -> None:
    """By another file, as `mv` does."""
    other = journal.with_name("other")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("create table other (name text)")
    other.replace(journal)


def overwrite(journal: Path) -> None:
    """In place, as `cp` does."""
    journal.write_bytes(b"x" * 100_000)


def empty(journal: Path) -> None:
    journal.write_bytes(b"")


@pytest.mark.parametrize(
    "lose", [remove, remove_its_log, remove_its_lock, remove_everything, replace, overwrite, empty]
)
async def test_a_new_one_has_all_that_is_kept(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture, lose: Callable[[Path], None]
) -> None:
    """Ids go on, and what the old one held is in the new one: jobs, answers and Idempotency-Keys."""
    journal = tmp_path / "jobs.sqlite3"
    client: Client = await serve(jobs_journal=journal)
    keyed = {"Idempotency-Key": "one"}
    first = (await client.post("/api/coverage", {"question": "Q036"}, headers=keyed)).body["job_id"]
    before = (await client.results(first)).body
    lose(journal)

    def rows() -> list[tuple[int, str, bool]]:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
            joined = "jobs left join answers on answers.id = answer"
            return connection.execute(f"select jobs.id, state, data is not null from {joined} order by 1").fetchall()

    await until(lambda: "a new one was begun, whose first job is 2" in caplog.text)
    assert rows() == [(1, "done", True)], "before another job is taken"
    assert LOST in caplog.text

    async def taken() -> bool:
        return (await client.post("/api/coverage", {"question": "Q037"})).status == 202

    await until(taken)
    assert (await client.post("/api/coverage", {"question": "Q036"}, headers=keyed)).body["job_id"] == first
    assert (await client.results(first)).body == before
    assert await client.ended(2) == "done"
    await until(lambda: rows() == [(1, "done", True), (2, "done", True)])


async def test_what_only_sqlite_finds_is_noticed(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By the first batch that it keeps from being written: here another program has removed a table."""
    journal = tmp_path / "jobs.sqlite3"
    client: Client = await serve(jobs_journal=journal)
    await client.start("coverage", question="Q036")
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("drop table jobs")
    reply = await client.post("/api/coverage", {"question": "Q037"})
    assert (reply.status, "no such table" in reply.body["reason"]) == (503, True)
    await until(lambda: "a new one was begun" in caplog.text)
    assert await client.ended(1) == "done"


async def test_new_jobs_are_refused_while_there_can_be_none(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """503 with the reason, and known answers; once the file can be made, jobs are taken again."""
    folder = tmp_path / "journal"
    client: Client = await serve(jobs_journal=folder / "jobs.sqlite3")
    assert (await client.get("/api/coverage?question=Q036")).status == 200
    shutil.rmtree(folder)
    folder.write_text("a file in its place", encoding="ascii")
    await until(lambda: LOST in caplog.text)
    reply = await client.post("/api/coverage", {"question": "Q037"})
    assert (reply.status, "its file was removed, replaced or damaged" in reply.body["reason"]) == (503, True)
    assert (await client.get("/api/coverage?question=Q036")).status == 200
    folder.unlink()

    async def taken() -> bool:
        return (await client.post("/api/coverage", {"question": "Q037"})).status == 202

    await until(taken)
    assert caplog.text.count(LOST) == 1


def next_id(service: Process) -> int:
    return int(service.ask("POST", "/api/fast", {})[1]["job_id"])


def test_no_id_is_given_twice(start: Start, tmp_path: Path) -> None:
    """Not after the journal is lost, nor the new one, nor one while the service does not run, nor after crashes."""
    journal = tmp_path / "jobs.sqlite3"
    service = start()
    service.ready()
    ids = [next_id(service), next_id(service)]
    for times in (1, 2):
        remove_everything(journal)
        wait_until(partial(has_logged, service, "a new one was begun", times))
        ids.append(next_id(service))
    assert ids == [1, 2, 3, 4]
    crash(service)
    service = start()
    service.ready()
    assert ended(service, 1)[0] == 200
    ids.append(next_id(service))
    assert ids[-1] == 5
    for _ in range(2):
        crash(service)
        remove(journal)
        service = start()
        service.ready()
        ids.append(next_id(service))
    assert ids == sorted(set(ids))
    assert "it is missing or empty, and was there before" in service.log()


async def test_a_service_that_took_its_place_is_left_alone(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where another service has the folder since, this one takes no jobs, and does not touch that one's journal."""
    journal = tmp_path / "jobs.sqlite3"
    client: Client = await serve(jobs_journal=journal)
    remove_everything(journal)
    with closing(sqlite3.connect(f"{journal}.lock", isolation_level=None)) as lock:
        lock.execute("begin exclusive")
        journal.write_bytes(b"of the other")
        await until(lambda: LOST in caplog.text)
        assert (await client.post("/api/coverage", {"question": "Q036"})).status == 503
        assert journal.read_bytes() == b"of the other"
    await until(lambda: "a new one was begun" in caplog.text)
