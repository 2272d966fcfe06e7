"""Threads that nothing can interrupt: one call of an SQL function that takes minutes."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import pytest

from tests.folders import folder_of
from tests.process import FAST, Process, Start, ended, has_logged
from tests.waiting import wait_until

STUCK = """\
-- The edit distance of two long texts, which DuckDB computes in one go.
-- $letters integer(1..400000) = 400000: their length
-- time limit: 0.1 s
-- returns: row
select levenshtein(repeat('ab', $letters::bigint // 2), repeat('ba', $letters::bigint // 2)) as distance
"""


@pytest.fixture
def service(start: Start, tmp_path: Path) -> Process:
    """With a single worker, which is stuck in a job that has ended."""
    process = start(catalog_folder=folder_of(tmp_path / "sql", stuck=STUCK, fast=FAST), workers_threads=1)
    process.ready()
    _, job = process.ask("POST", "/api/stuck", {})
    status, body = ended(process, job["job_id"])
    assert (status, body["reason"]) == (504, "stuck took longer than 0.1 s; ask for less")
    return process


def test_another_worker_takes_its_place(service: Process) -> None:
    """The next job is done, the table is loaded anew, and the log tells the operator."""
    assert service.ask("GET", "/api/fast?wait=60")[0] == 200
    wait_until(partial(has_logged, service, "ERROR worker_0 does not stop, and is given up: 1 of 1 are lost"))
    (service.folder / "sql" / "fast.sql").write_text(FAST.replace("One", "Uno"), encoding="utf-8")
    assert service.ask("POST", "/api/reload")[0] == 200
    assert service.ask("GET", "/api/fast?fresh=true&wait=60")[0] == 200


def test_no_more_are_replaced_than_there_should_be(service: Process) -> None:
    """Two stuck threads of one worker are the most; then jobs wait until one has stopped after all."""
    service.ask("POST", "/api/stuck", {"letters": 40_000})
    wait_until(partial(has_logged, service, "2 of 1 are lost"))
    assert service.ask("GET", "/api/fast?wait=60")[0] == 200
    wait_until(partial(has_logged, service, "worker_1 has stopped after all"))


def test_it_is_not_ready_without_workers(service: Process) -> None:
    """One lost thread was replaced; with the second one there is nobody to run the next job."""
    assert service.ask("GET", "/readyz")[0] == 200
    service.ask("POST", "/api/stuck", {"letters": 399_999})
    wait_until(partial(has_logged, service, "2 of 1 are lost"))
    status, body = service.ask("GET", "/readyz")
    assert (status, body["reason"]) == (503, "not ready: workers: missing threads: 1")


def test_a_second_signal_ends_it_all_the_same(service: Process) -> None:
    """Its call would go on for minutes; the journal is closed before."""
    wait_until(partial(has_logged, service, "1 of 1 are lost"))
    service.ask("POST", "/api/stuck", {})
    service.send(signal.SIGTERM)
    wait_until(partial(has_logged, service, "shutting down"))
    service.send(signal.SIGTERM)
    assert service.ended() == (1, "")
    assert " INFO ended\n" in service.log()


def test_a_graceful_end_does_not_wait_for_it(service: Process) -> None:
    """All jobs are finished, so one signal is enough."""
    service.send(signal.SIGTERM)
    assert service.ended() == (0, "")
