"""Nothing acknowledged is lost: crashes, and a full disk."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.process import Process, Start, all_is_written, crash, ended, has_logged, has_status
from tests.waiting import wait_until


def ask_until_it_is_gone(service: Process, acknowledged: dict[int, int], number: int) -> None:
    own = random.Random(number)
    while True:
        millions = own.randint(1, 12)
        try:
            status, body = service.ask("POST", "/api/slow", {"millions": millions})
        except (OSError, ValueError):
            return
        if status == 202:
            acknowledged[body["job_id"]] = millions


def rounds(start: Start, count: int) -> None:
    """Kill the service at random moments under load; every acknowledged job must be accounted for."""
    chance = random.Random()
    acknowledged: dict[int, int] = {}

    def has_taken(jobs: int) -> bool:
        return len(acknowledged) >= jobs

    service = start()
    for _ in range(count):
        service.ready()
        threads = [
            threading.Thread(target=ask_until_it_is_gone, args=(service, acknowledged, number)) for number in range(4)
        ]
        enough = len(acknowledged) + chance.randint(1, 60)
        for thread in threads:
            thread.start()
        wait_until(partial(has_taken, enough))
        crash(service)
        for thread in threads:
            thread.join()
        service = start()
    service.ready()
    assert len(acknowledged) > count
    expected: dict[int, Any] = {}
    for job_id, millions in sorted(acknowledged.items()):
        status, body = ended(service, job_id)
        if status == 500 and "crashed twice while this job was running" in body["reason"]:
            continue
        assert status == 200, (job_id, body)
        _, job = service.ask("GET", f"/api/status/{job_id}")
        assert job["arguments"] == {"millions": millions}
        assert expected.setdefault(millions, body) == body
    assert len(expected) > 1
    _, new = service.ask("POST", "/api/fast", {})
    assert new["job_id"] > max(acknowledged)


def test_a_crash_loses_no_job(start: Start) -> None:
    """kill -9 at random moments under load: each acknowledged job is there, with its arguments and its answer.

    Or it was running in two of the crashes, and says so.
    """
    rounds(start, 3)


@pytest.mark.slow
def test_twenty_crashes_lose_no_job(start: Start) -> None:
    """The same, twenty times over."""
    rounds(start, 20)


def test_finished_jobs_keep_their_answers(start: Start, tmp_path: Path) -> None:
    """After a crash results come as before, also long ones, which lie in a file; other leftovers are removed."""
    (tmp_path / "sql" / "long.sql").write_text("-- Long.\nselect range as n from range(1000)\n", encoding="utf-8")
    service = start(results_memory_rows=100)
    service.ready()
    for name in ("fast", "long"):
        service.ask("POST", f"/api/{name}", {})
    before = [ended(service, job_id) for job_id in (1, 2)]
    wait_until(partial(all_is_written, service))
    (tmp_path / "results" / "left.arrow").write_bytes(b"x")
    crash(service)
    service = start(results_memory_rows=100)
    service.ready()
    assert [ended(service, job_id) for job_id in (1, 2)] == before
    assert len(before[1][1]["data"]) == 1000
    assert [file.name == "left.arrow" for file in (tmp_path / "results").glob("*.arrow")] == [False]
    assert "from the journal: 2 finished jobs, and 0 that run again" in service.log()
    # They need not be computed again.
    assert [service.ask("GET", f"/api/{name}")[1] for name in ("fast", "long")] == [body for _, body in before]
    assert [job["job_id"] for job in service.ask("GET", "/api/jobs")[1]["data"]] == [1, 2]


def test_what_had_gone_does_not_come_back(start: Start, tmp_path: Path) -> None:
    """After a crash a long answer's job that was dropped is still gone, and the one that was kept is there."""
    (tmp_path / "sql" / "long.sql").write_text(
        "-- Long.\n-- $n integer: rows\nselect range as n from range($n)\n", encoding="utf-8"
    )
    limits = {"results_memory_rows": 100, "jobs_keep": 1}
    service = start(**limits)
    service.ready()
    for number in (1, 2, 3):
        service.ask("POST", "/api/long", {"n": 1000 + number})
        assert ended(service, number)[0] == 200
    wait_until(partial(all_is_written, service))
    crash(service)
    service = start(**limits)
    service.ready()
    assert [ended(service, number)[0] for number in (1, 2, 3)] == [410, 410, 200]


@pytest.mark.slow
def test_an_end_by_a_second_signal_keeps_pending_jobs(start: Start) -> None:
    """What was cut off runs when the service is back, and counts as no crash."""
    for count in (1, 2):
        service = start()
        service.ready()
        if service.ask("GET", "/api/num_jobs")[1]["num_jobs"] == 0:
            service.ask("POST", "/api/slow", {"millions": 600})
        service.send(signal.SIGTERM)
        wait_until(partial(has_logged, service, "shutting down", count))
        service.send(signal.SIGTERM)
        assert service.ended()[0] == 1
    service = start()
    service.ready()
    assert ended(service, 1)[0] == 200


@pytest.mark.slow
def test_a_job_that_crashes_the_service_runs_twice_at_most(start: Start) -> None:
    """It was running in two crashes: it ends in error; one that only waited is run."""
    for _ in range(2):
        service = start(workers_threads=1)
        service.ready()
        if service.ask("GET", "/api/num_jobs")[1]["num_jobs"] == 0:
            service.ask("POST", "/api/slow", {"millions": 900_000})
            service.ask("POST", "/api/slow", {"millions": 3})
        wait_until(partial(has_status, service, 1, "running"))
        crash(service)
    service = start(workers_threads=1)
    service.ready()
    status, body = ended(service, 1)
    assert (status, "crashed twice while this job was running" in body["reason"]) == (500, True)
    assert ended(service, 2)[0] == 200


@pytest.mark.slow
def test_a_job_whose_statistic_has_gone_ends_in_error(start: Start, tmp_path: Path) -> None:
    """The reason says so; nothing else suffers."""
    service = start()
    service.ready()
    service.ask("POST", "/api/slow", {"millions": 900_000})
    crash(service)
    (tmp_path / "sql" / "slow.sql").unlink()
    service = start()
    service.ready()
    status, body = ended(service, 1)
    assert (status, "has no statistic 'slow' any more" in body["reason"]) == (404, True)


def test_an_idempotency_key_outlives_a_crash(start: Start) -> None:
    """The same key still gives the same job."""
    service = start()
    service.ready()
    key = {"Idempotency-Key": "once"}
    first = service.ask("POST", "/api/fast", {}, **key)
    ended(service, first[1]["job_id"])
    crash(service)
    service = start()
    service.ready()
    again = service.ask("POST", "/api/fast", {}, **key)
    assert (again[0], again[1]["job_id"]) == (202, first[1]["job_id"])
    assert service.ask("POST", "/api/slow", {}, **key)[0] == 422


@pytest.mark.slow
def test_a_cancelled_job_stays_cancelled(start: Start) -> None:
    """After a crash it is not run again."""
    service = start()
    service.ready()
    service.ask("POST", "/api/slow", {"millions": 900_000})
    assert service.ask("DELETE", "/api/jobs/1")[0] == 200
    crash(service)
    service = start()
    service.ready()
    assert service.ask("GET", "/api/status/1")[1]["status"] == "cancelled"


async def test_without_a_journal_jobs_are_in_memory(serve: Serve, tmp_path: Path) -> None:
    """It can be turned off."""
    client: Client = await serve(jobs_journal="")
    await client.ask("best5", question="Q036")
    assert not (tmp_path / "var" / "jobs.sqlite3").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be made by root only: sudo venv/bin/python -m pytest tests/jobs/test_crashes.py")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_and_recovers(start: Start, small_disk: Path) -> None:
    """New jobs get 503 with the reason, nothing acknowledged is lost, and it recovers by itself."""
    service = start(jobs_journal=small_disk / "jobs.sqlite3", cache_bytes=0)
    service.ready()
    acknowledged = [service.ask("POST", "/api/slow", {"millions": 1})[1]["job_id"]]
    pending = service.ask("POST", "/api/slow", {"millions": 900})[1]["job_id"]
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    refused: list[Any] = []
    for millions in range(2, 60):
        status, body = service.ask("POST", "/api/slow", {"millions": millions})
        if status == 202:
            acknowledged.append(body["job_id"])
        else:
            refused.append(body)
        if len(refused) == 3:
            break
    assert (
        "the journal cannot be written (database or disk is full), so no new jobs are accepted" in refused[-1]["reason"]
    )
    assert service.ask("GET", "/api/fast")[0] == 200
    filler.unlink()

    def taken() -> int | None:
        status, body = service.ask("POST", "/api/fast", {})
        return int(body["job_id"]) if status == 202 else None

    acknowledged += [pending, wait_until(taken)]
    crash(service)
    service = start(jobs_journal=small_disk / "jobs.sqlite3")
    service.ready()
    for job_id in acknowledged:
        assert ended(service, job_id)[0] == 200
