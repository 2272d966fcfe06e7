"""What the machine may do to a running service: the clock jumps, the process is stopped, disk, descriptors and memory
run out. It answers what it can, says what it cannot, loses nothing, and needs nobody's help afterwards."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.folders import folder_of
from tests.process import FAST, SLOW, Process, Start, ended, has_status
from tests.reliability.wire import Wire
from tests.waiting import wait_until

LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]
LONG = """\
-- Rows in a file.
-- $rows integer(1..) = 100000: how many
select range as id, 'row ' || (range % 1000) as name from range($rows::bigint)
"""
LARGE = """\
-- As much memory as it can get.
-- returns: row
select max(len(texts)) as n from (select list('row number ' || range) as texts from range(5000000) group by range % 7)
"""
KNOWN = b"GET /api/fast HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "sql", slow=SLOW, fast=FAST, long=LONG, large=LARGE)


@contextmanager
def limited(service: Process, kind: int, most: int) -> Iterator[None]:
    """The process may have no more of something for as long as the context lasts."""
    before = resource.prlimit(service.pid, kind)
    resource.prlimit(service.pid, kind, (most, before[1]))
    yield
    resource.prlimit(service.pid, kind, before)


def works(service: Process) -> bool:
    """Whether it takes a job, and finishes it."""
    status, body = service.ask("POST", "/api/slow?fresh=true", {"millions": 2})
    return status == 202 and ended(service, body["job_id"])[0] == 200


def errors(service: Process) -> list[str]:
    return [line for line in service.log().splitlines() if " ERROR " in line or " CRITICAL " in line]


@pytest.mark.slow
@pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed: apt-get install faketime")
@pytest.mark.parametrize("jump", ["-2h", "+30h"])
def test_the_clock_may_jump(
    start: Start, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, jump: str
) -> None:
    """As when it is set: time limits are none of the clock's, so what runs goes on, and new jobs are taken."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    for name, value in {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }.items():
        monkeypatch.setenv(name, value)
    service = start(catalog_folder=folder, catalog_watch=True, jobs_time_limit=3600)
    service.ready()
    before = now_of(service)
    running = service.ask("POST", "/api/slow", {"millions": 1500})[1]["job_id"]
    wait_until(partial(has_status, service, running, "running"))
    clock.write_text(jump)
    wait_until(lambda: abs(now_of(service) - before) > 3600)
    assert works(service)
    assert ended(service, running)[0] == 200
    folder_of(folder, more=FAST)
    wait_until(lambda: service.ask("GET", "/api/more?wait=60")[0] == 200)
    clock.write_text("+0")
    assert works(service)
    assert service.ask("GET", "/api/num_jobs") == (200, {"num_jobs": 0})
    service.send(signal.SIGTERM)
    assert service.ended() == (0, "")
    assert errors(service) == []


def now_of(service: Process) -> float:
    """The service's time, in seconds since 1970."""
    _, job = service.ask("POST", "/api/fast", {})
    return time.mktime(time.strptime(job["submitted_at"][:19], "%Y-%m-%dT%H:%M:%S"))


def test_a_stopped_process_goes_on(start: Start, folder: Path) -> None:
    """SIGSTOP and SIGCONT, as when a machine sleeps: whoever asked before or meanwhile gets an answer."""
    service = start(catalog_folder=folder)
    service.ready()
    _, job = service.ask("POST", "/api/slow", {"millions": 300})
    service.send(signal.SIGSTOP)
    wait_until(lambda: psutil.Process(service.pid).status() == psutil.STATUS_STOPPED)
    with ThreadPoolExecutor(20) as executor:
        asked = [executor.submit(service.ask, "GET", f"/api/slow?millions={n}&wait=60") for n in range(1, 20)]
        wait_until(lambda: len(waiting(service)) >= len(asked))
        service.send(signal.SIGCONT)
        assert {reply.result()[0] for reply in asked} == {200}
    assert ended(service, job["job_id"])[0] == 200
    assert errors(service) == []


def waiting(service: Process) -> list[object]:
    """Connections that it has, or will find when it goes on."""
    port = int(service.url.rpartition(":")[2])
    return [one for one in psutil.net_connections("tcp4") if one.laddr and one.laddr.port == port and one.raddr]


def test_no_file_may_grow(start: Start, folder: Path) -> None:
    """As on full disks, those of journal, log and long answers: known answers are given, and new jobs refused."""
    service = start(catalog_folder=folder, results_memory_rows=1000)
    service.ready()
    assert service.ask("GET", "/api/slow?millions=1")[0] == 200
    with limited(service, resource.RLIMIT_FSIZE, 1):
        assert service.ask("GET", "/api/long?rows=5000")[0] == 503
        wait_until(lambda: service.ask("POST", "/api/slow", {"millions": 3})[0] == 503)
        wait_until(lambda: service.ask("GET", "/readyz")[0] == 503)
        assert service.ask("GET", "/api/slow?millions=1")[0] == 200
        assert service.ask("GET", "/livez")[0] == 200
        wait_until(service.has_complained)
    wait_until(partial(works, service))
    wait_until(lambda: service.ask("GET", "/readyz")[0] == 200)
    assert service.ask("GET", "/api/long?rows=5000")[0] == 200
    service.send(signal.SIGTERM)
    code, said = service.ended()
    assert (code, set(said.splitlines())) == (0, {"the log cannot be written: [Errno 27] File too large"})


def test_descriptors_may_run_out(start: Start, folder: Path) -> None:
    """Who is connected is still answered, the operator is told, and once some are free others are answered again."""
    service = start(catalog_folder=folder)
    service.ready()
    used = psutil.Process(service.pid).num_fds()
    with limited(service, resource.RLIMIT_NOFILE, used + 5), Wire(service.url) as kept, ExitStack() as stack:
        assert kept.send(KNOWN, "GET").status == 200
        for _ in range(20):
            stack.enter_context(Wire(service.url)).open()
        wait_until(lambda: any("descriptors" in line for line in errors(service)))
        assert kept.send(KNOWN, "GET").status == 200
        assert kept.send(READY, "GET").status == 503
    wait_until(lambda: service.ask("GET", "/readyz")[0] == 200)
    assert works(service)


def test_memory_may_run_out(start: Start, folder: Path) -> None:
    """A job that needs more than the system gives fails and says so; what needs less goes on, and so does all after."""
    service = start(catalog_folder=folder)
    service.ready()
    assert works(service)
    most = psutil.Process(service.pid).memory_info().vms + 50_000_000
    with limited(service, resource.RLIMIT_AS, most):
        status, body = service.ask("GET", "/api/large?wait=60")
        assert (status, "memory" in body.get("reason", "")) == (503, True), body
        assert service.ask("GET", "/api/fast")[0] == 200
    assert works(service)
    assert service.ask("GET", "/api/large?wait=60")[0] == 200
