"""The log of a process: a line for each request and job, which nobody can forge, in files of a bounded size."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest

from tests.process import Process, Start, ended


@pytest.fixture
def service(start: Start) -> Process:
    process = start()
    process.ready()
    return process


def test_each_request_and_job_has_a_line(service: Process) -> None:
    """The log has method, path, status, duration, bytes and id of a request, and the times of a job, in UTC."""
    service.ask("POST", "/api/fast", {}, **{"X-Request-ID": "mine-1"})
    ended(service, 1)
    service.send(signal.SIGTERM)
    service.ended()
    time_and_level = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO "
    assert re.search(time_and_level + r"POST /api/fast 202 \d+\.\dms \d+B id=mine-1$", service.log(), re.M)
    assert re.search(
        time_and_level + r"job 1 fast done queued=\d+\.\dms running=\d+\.\dms id=mine-1$", service.log(), re.M
    )
    assert re.search(time_and_level + r"dataset \w{12}: \d+ rows, years 2011 to 2021, from .*csv$", service.log(), re.M)


def test_no_line_can_be_forged(service: Process) -> None:
    """Line breaks and escapes in what a client sends stay within their own line."""
    forged = "2026-01-01T00:00:00.000Z INFO all is well"
    host, port = service.url.removeprefix("http://").split(":")
    path = "/x\u0085\u2028" + "%0A" + forged.replace(" ", "\x1b")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        while raw.recv(4096):
            pass
    service.ask("POST", "/api/fast", {"x\n" + forged: 1})
    service.ask("POST", "/api/start", {"statistic": "x\r\n" + forged})
    service.send(signal.SIGTERM)
    service.ended()
    assert not re.search(rf"^{forged}", service.log(), re.M)
    assert all(re.match(r"\d{4}-\d\d-\d\dT", line) for line in service.log().splitlines())


@pytest.mark.slow
def test_the_log_is_bounded(start: Start) -> None:
    """The file is rotated at its size, and only so many are kept."""
    service = start(log_bytes=2000, log_files=2)
    service.ready()
    for _ in range(100):
        service.ask("GET", "/api/num_jobs")
    service.send(signal.SIGTERM)
    service.ended()
    files = list((service.folder / "log").glob("service.log*"))
    assert len(files) == 3
    assert all(file.stat().st_size <= 2000 for file in files)


def test_a_crash_is_told_at_the_next_start(start: Start) -> None:
    """What each thread was doing is in a file beside the log, which the next process keeps and names."""
    first = start()
    first.ready()
    first.send(signal.SIGABRT)
    assert first.ended()[0] == -signal.SIGABRT
    second = start()
    second.ready()
    [told] = re.findall(r"ERROR an earlier process crashed: (\S+)", second.log())
    assert "Fatal Python error: Aborted" in Path(told).read_text(encoding="utf-8")
    assert "Current thread" in Path(told).read_text(encoding="utf-8")
