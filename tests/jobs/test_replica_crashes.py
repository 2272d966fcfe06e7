"""Replicas as processes of their own: they are killed, PostgreSQL is, and nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import random
import signal
import threading
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.folders import folder_of
from tests.jobs.database import Database
from tests.nginx import free_port, proxying
from tests.postgresql import PASSWORD
from tests.process import FAST, SLOW, Process, ended, has_status
from tests.waiting import LIMIT, wait_until

POISON = """\
-- Something that ends the process when the test says so.
-- returns: row
select sum(hash(range))::double as total from range(1000000000000)
"""
StartReplica = Callable[..., Process]


@pytest.fixture
def start_replica(database: Database, small_csv: Path, tmp_path: Path) -> Iterator[StartReplica]:
    """A function that starts one more replica, ready to serve."""
    processes: list[Process] = []
    sql = folder_of(tmp_path / "sql", slow=SLOW, fast=FAST, poison=POISON)

    def begin(**variables: object) -> Process:
        folder = tmp_path / str(len(processes))
        folder.mkdir()
        given = {"dataset_csv": small_csv, "catalog_folder": sql, "workers_threads": 1, "jobs_store": "postgresql"}
        shared = {"jobs_url": database.url, "results_folder": tmp_path / "results"}
        processes.append(Process(folder, **given | shared | variables))
        processes[-1].ready()
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
    for process in processes:
        assert PASSWORD not in process.log()


class Load:
    """Clients that submit jobs to one replica until it has gone, and those that were acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, int] = {}
        self._threads: list[threading.Thread] = []

    def on(self, service: Process) -> None:
        self._threads += [threading.Thread(target=self._submit, args=(service, number)) for number in range(3)]
        for thread in self._threads[-3:]:
            thread.start()

    def _submit(self, service: Process, number: int) -> None:
        own = random.Random(number)
        while service.is_alive():
            millions = own.randint(1, 4)
            try:
                status, body = service.ask("POST", "/api/slow", {"millions": millions})
            except (OSError, ValueError):
                continue
            if status == 202:
                self.acknowledged[body["job_id"]] = millions

    def has_taken(self, jobs: int) -> bool:
        return len(self.acknowledged) >= jobs

    def stopped(self) -> None:
        for thread in self._threads:
            thread.join(LIMIT)

    def all_ended(self, service: Process) -> None:
        """Every acknowledged job has its answer, or says that it was running in two crashes."""
        answers: dict[int, Any] = {}
        for job_id, millions in sorted(self.acknowledged.items()):
            status, body = ended(service, job_id)
            if status == 500 and "crashed twice while this job was running" in body["reason"]:
                continue
            assert status == 200, (job_id, body)
            assert answers.setdefault(millions, body["data"]) == body["data"]
        assert len(answers) > 1


def rounds(start_replica: StartReplica, count: int) -> None:
    """Kill a replica at a random moment under load, again and again; the other one ends what it had."""
    load, chance = Load(), random.Random()
    survivor = start_replica()
    for _ in range(count):
        victim = start_replica()
        load.on(victim)
        wait_until(partial(load.has_taken, len(load.acknowledged) + chance.randint(1, 40)))
        victim.kill()
        load.stopped()
    load.all_ended(survivor)


@pytest.mark.long
def test_the_end_of_a_replica_loses_no_job(start_replica: StartReplica) -> None:
    """kill -9 under load: each acknowledged job ends in the other replica."""
    rounds(start_replica, 2)


@pytest.mark.slow
def test_the_end_of_many_replicas_loses_no_job(start_replica: StartReplica) -> None:
    """The same five times."""
    rounds(start_replica, 5)


@pytest.mark.long
def test_the_end_of_postgresql_loses_no_job(start_replica: StartReplica, database: Database) -> None:
    """Meanwhile new jobs are refused and known answers given; both replicas come back by themselves."""
    first, second = start_replica(), start_replica()
    _, known = first.ask("GET", "/api/fast")
    load = Load()
    load.on(first)
    wait_until(partial(load.has_taken, 20))
    database.server.kill()
    wait_until(lambda: second.ask("GET", "/readyz")[0] == 503)
    assert second.ask("GET", "/livez")[0] == 200
    status, body = second.ask("POST", "/api/slow", {})
    assert (status, "PostgreSQL cannot be reached" in body["reason"]) == (503, True)
    assert first.ask("GET", "/api/fast") == (200, known)
    database.server.start()
    for service in (first, second):
        wait_until(partial(_is_ready, service))
    wait_until(partial(load.has_taken, len(load.acknowledged) + 5))
    first.kill()
    load.stopped()
    load.all_ended(second)


def _is_ready(service: Process) -> bool:
    return service.ask("GET", "/readyz")[0] == 200


@pytest.mark.long
def test_a_job_that_ends_two_replicas_runs_no_third_time(start_replica: StartReplica) -> None:
    """It says so; the replica that is left serves."""
    _, body = (first := start_replica()).ask("POST", "/api/poison", {})
    job_id = body["job_id"]
    for victim in (first, start_replica()):
        wait_until(partial(has_status, victim, job_id, "running"))
        survivor = start_replica() if victim is not first else None
        victim.kill()
    assert survivor is not None
    status, body = ended(survivor, job_id)
    assert (status, "crashed twice while this job was running" in body["reason"]) == (500, True)
    assert survivor.ask("GET", "/api/fast")[0] == 200


@pytest.mark.long
def test_a_proxy_may_send_each_request_elsewhere(start_replica: StartReplica, tmp_path: Path) -> None:
    """A job that one replica accepted is asked for through nginx, which takes turns between two."""
    services, port = [start_replica(), start_replica()], free_port()
    upstream = "upstream replicas { " + "".join(f"server {each.url.removeprefix('http://')}; " for each in services)
    with proxying(tmp_path, port, "http://replicas", keeps=False, before=f"{upstream}}}"):
        for millions in (1, 2, 3, 4):
            address = f"http://127.0.0.1:{port}/health/api/slow"
            data = json.dumps({"millions": millions}).encode()
            request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=LIMIT) as got:
                job_id = json.load(got)["job_id"]
            results = f"http://127.0.0.1:{port}/health/api/results/{job_id}?wait=60"
            for _ in services:
                with urllib.request.urlopen(results, timeout=LIMIT) as got:
                    assert json.load(got)["status"] == "done"
    assert all("POST /api/slow" in each.log() for each in services)


@pytest.mark.long
def test_a_restart_one_by_one_with_a_new_table_loses_no_job(
    start_replica: StartReplica, small_csv: Path, tmp_path: Path
) -> None:
    """Under load: each acknowledged job ends with its answer, on the table that it was for."""
    other = tmp_path / "other.csv"
    other.write_text(small_csv.read_text(encoding="utf-8").rpartition("\n2")[0] + "\n", encoding="utf-8")
    load, old = Load(), [start_replica(), start_replica()]
    for each in old:
        load.on(each)
    for each in old:
        wait_until(partial(load.has_taken, len(load.acknowledged) + 10))
        new = start_replica(dataset_csv=other)
        each.send(signal.SIGTERM)
        assert each.ended()[0] == 0
    load.stopped()
    load.all_ended(new)
    versions = {new.ask("GET", f"/api/status/{job_id}")[1]["dataset"] for job_id in load.acknowledged}
    assert len(versions - {_version(new)}) == len(versions) == 1


def _version(service: Process) -> str:
    return str(service.ask("GET", "/api/dataset")[1]["data"]["version"])
