"""The process as an operator sees it: how it starts, what it logs, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.dataset.test_download import Reply, serving
from tests.process import ROOT, Process, Start, ended, has_logged
from tests.waiting import LIMIT, wait_until


@pytest.fixture
def service(start: Start) -> Process:
    process = start()
    process.ready()
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_what_was_taken(start: Start, number: signal.Signals) -> None:
    """200 jobs are accepted, then the signal: all are finished, the exit code is 0, nothing is on standard error."""
    service = start(server_linger=1)
    service.ready()
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: service.ask("POST", "/api/slow", {"millions": 4}), range(200)))
    ids = [body["job_id"] for status, body in taken if status == 202]
    assert len(ids) == 200
    service.send(number)
    results = {job_id: ended(service, job_id) for job_id in ids}
    assert all(status == 200 and body["status"] == "done" for status, body in results.values())
    assert service.ended() == (0, "")
    assert len(re.findall(r"job \d+ slow done", service.log())) == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_shutdown_over_http(service: Process, method: str) -> None:
    """Running while a job is pending, done after; new jobs get 503; results stay readable; then exit code 0."""
    _, job = service.ask("POST", "/api/slow", {"millions": 500})
    assert service.ask(method, "/api/graceful_shutdown") == (200, {"status": "running"})
    status, refused = service.ask("POST", "/api/fast", {})
    assert (status, refused["status"]) == (503, "error")
    assert "shutting down" in refused["reason"]
    assert ended(service, job["job_id"])[1]["status"] == "done"
    assert service.ask(method, "/api/graceful_shutdown") == (200, {"status": "done"})
    assert service.ended() == (0, "")


def test_a_second_signal_ends_at_once(service: Process) -> None:
    """Who is in a hurry signals twice: a job that would run for hours is interrupted, and the exit code is 1."""
    service.ask("POST", "/api/slow", {"millions": 1_000_000})
    service.send(signal.SIGTERM)
    wait_until(partial(has_logged, service, "shutting down"))
    service.send(signal.SIGTERM)
    assert service.ended() == (1, "")
    assert "ending at once (SIGTERM): pending jobs run again at the next start" in service.log()


FOREIGN: list[tuple[dict[str, str], str]] = [
    ({"Host": "evil.example"}, "the Host header names evil.example"),
    ({"Origin": "http://evil.example"}, "the page that asks is from http://evil.example"),
    ({"Origin": "null"}, "the page that asks is from null"),
    ({"Sec-Fetch-Site": "cross-site"}, "a page of another site asks"),
    ({"Sec-Fetch-Site": "same-site"}, "a page of another site asks"),
    ({"Sec-Purpose": "prefetch;prerender"}, "the browser fetches ahead"),
    ({"X-Forwarded-For": "203.0.113.5"}, "the request came through a proxy"),
    ({"X-Real-IP": "203.0.113.5"}, "the request came through a proxy"),
    ({"X-Forwarded-Host": "evil.example"}, "the request came through a proxy"),
    ({"X-Forwarded-Proto": "https"}, "the request came through a proxy"),
    ({"Referer": "http://evil.example/"}, "the page that asks is from http://evil.example/"),
    ({"Referer": "http://[bad"}, "the page that asks is from http://[bad"),
]


def test_no_web_page_can_end_the_service(service: Process) -> None:
    """A request that another site's page, or a proxy, may have made is refused with 403, and jobs are taken still."""
    for headers, reason in FOREIGN:
        status, body = service.ask("GET", "/api/graceful_shutdown", **headers)
        assert status == 403, headers
        assert reason in body["reason"]
    assert service.ask("POST", "/api/fast", {})[0] == 202


def raw_answer(service: Process, request: bytes) -> tuple[int, Any]:
    """Status and JSON of a request that no library would send."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=LIMIT) as connection:
        connection.sendall(request)
        head, _, body = b"".join(iter(lambda: connection.recv(4096), b"")).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body else None


def test_a_host_that_is_none_is_refused(service: Process) -> None:
    """Bytes that are no name are a 403 and one line in the log, not a failure of the service."""
    hosts = [b"[::1", b"\xff", b"\xed\xa0\x80"]
    for host in hosts:
        request = b"GET /api/graceful_shutdown HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
        status, body = raw_answer(service, request)
        assert (status, body["status"]) == (403, "error")
        assert "the Host header names" in body["reason"]
    service.send(signal.SIGTERM)
    assert service.ended() == (0, "")
    lines = [line for line in service.log().splitlines() if "/api/graceful_shutdown" in line]
    assert len(lines) == len(hosts)
    assert all(re.search(r" INFO GET /api/graceful_shutdown 403 ", line) for line in lines)


def test_looking_does_not_end_the_service(service: Process) -> None:
    """HEAD, which programs send to look, is no GET that acts."""
    request = b"HEAD /api/graceful_shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert raw_answer(service, request)[0] == 405
    assert service.ask("POST", "/api/fast", {})[0] == 202


def test_ctrl_c_while_it_loads(start: Start, tmp_path: Path) -> None:
    """Whoever stops it before it is ready gets exit code 130 and no traceback."""
    endless = (
        "-- Endless.\n-- time limit: 3600 s\n-- example: {}\nselect max(hash(range)) as x from range(1000000000000)"
    )
    (tmp_path / "sql" / "endless.sql").write_text(endless, encoding="utf-8")
    service = start()
    wait_until((tmp_path / "log" / "service.log").exists)
    service.compute(1)
    service.send(signal.SIGINT)
    assert service.ended() == (130, "")


def test_the_services_own_page_may_end_it(service: Process) -> None:
    """A request from this origin is let through."""
    page = {"Origin": service.url, "Referer": f"{service.url}/docs"}
    status, _ = service.ask("POST", "/api/graceful_shutdown", **page)
    assert status == 200
    assert service.ended() == (0, "")


def test_each_request_and_job_has_a_line(service: Process) -> None:
    """The log has method, path, status, duration, bytes and id of a request, and the times of a job, in UTC."""
    service.ask("POST", "/api/fast", {}, **{"X-Request-ID": "mine-1"})
    ended(service, 1)
    service.send(signal.SIGTERM)
    service.ended()
    time_and_level = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO "
    assert re.search(time_and_level + r"POST /api/fast 202 \d+\.\dms \d+B id=mine-1$", service.log(), re.M)
    assert re.search(time_and_level + r"job 1 fast done queued=\d+\.\dms running=\d+\.\dms$", service.log(), re.M)
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


def test_the_log_is_bounded(start: Start) -> None:
    """The file is rotated at its size, and only so many are kept."""
    service = start(log_bytes=2000, log_files=2)
    service.ready()
    for _ in range(100):
        service.ask("GET", "/api/num_jobs")
    service.send(signal.SIGTERM)
    service.ended()
    files = list((service.folder / "log").iterdir())
    assert len(files) == 3
    assert all(file.stat().st_size <= 2000 for file in files)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"dataset_csv": "nope.csv"}, "nope.csv: there is no such file"),
        ({"dataset_csv": "README.md"}, "README.md:1: the header lacks YearStart"),
        ({"dataset_csv": "/"}, "/: there is no such file"),
        ({"server_port": "x"}, "server.port = 'x' cannot be used"),
        ({"server_host": "203.0.113.1"}, "cannot listen on 203.0.113.1:0"),
        ({"server_host": "no.such.host.invalid"}, "; mend host in [server]"),
        ({"results_folder": "run.py"}, "run.py: long answers cannot be kept there: File exists; mend folder in [res"),
        ({"jobs_journal": "run.py/jobs.sqlite3"}, "the journal cannot be made"),
        ({"duckdb_memory_limit": "5MB"}, "needs more memory than [duckdb] memory_limit = '5MB' allows"),
        ({"duckdb_memory_limit": "999999999999999TB"}, "[duckdb] memory_limit = '999999999999999TB'"),
        ({"catalog_folder": "data"}, "data: holds no .sql file"),
        ({"log_folder": "run.py"}, "run.py: the log cannot be written"),
    ],
)
def test_what_keeps_it_from_starting_is_said(start: Start, variables: dict[str, str], message: str) -> None:
    """Exit code 2 and one clear line, also in the log once there is one: no traceback, and no report of leaks."""
    process = start(**variables)
    code, errors = process.ended()
    assert code == 2
    assert message in errors
    assert len(errors.splitlines()) == 1
    if set(variables) & {"server_host", "results_folder", "jobs_journal", "duckdb_memory_limit"}:
        assert f" ERROR {errors}" in process.log()


def test_ctrl_c_while_it_imports(tmp_path: Path) -> None:
    """Whoever stops it before it has begun gets exit code 130 and no traceback."""
    (tmp_path / "duckdb.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "run.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_port_in_use_is_said(service: Process, start: Start) -> None:
    """Two services cannot have one port; the second one says what to do."""
    code, errors = start(server_port=service.url.rpartition(":")[2], jobs_journal="").ended()
    assert code == 2
    assert "choose another port, as in HEALTH_SERVER_PORT=5001" in errors


def test_a_broken_statistic_does_not_keep_it_from_starting(start: Start, tmp_path: Path) -> None:
    """The log names file and line; the others serve."""
    (tmp_path / "sql" / "broken.sql").write_text("-- Broken.\n-- $x integr: what\nselect $x", encoding="utf-8")
    service = start()
    service.ready()
    assert service.ask("POST", "/api/fast", {})[0] == 202
    assert "ERROR sql/broken.sql:2: $x: there is no type 'integr'; did you mean 'integer'?" in service.log()


def test_the_sample_is_said_loudly(start: Start, tmp_path: Path) -> None:
    """Without a table the log warns that the figures are modelled, and so does the API."""
    service = start(dataset_csv="")
    service.ready()
    sample = not (ROOT / "data" / "brfss.csv").exists()
    assert ("THIS IS A MODELLED SAMPLE" in service.log()) == sample
    assert service.ask("GET", "/api/dataset")[1]["data"]["sample"] == sample


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory that a process has had")
def test_it_takes_little_memory(start: Start, sample_csv: Path) -> None:
    """With a table of the real size it has never taken 250 MB when it is ready."""
    service = start(dataset_csv=sample_csv, catalog_folder="sql")
    service.ready()
    status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
    most = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert most
    assert int(most[1]) < 250_000


def test_fetch_puts_the_table_in_place(tmp_path: Path, sample_csv: Path) -> None:
    """`run.py fetch` downloads, checks and says what came; what is not the whole table is refused with exit code 2."""
    (tmp_path / "config.toml").touch()
    fetch = [sys.executable, "run.py", "--config", str(tmp_path / "config.toml"), "fetch", "--url"]
    with serving(Reply(sample_csv.read_bytes())) as server:
        done = subprocess.run([*fetch, server.url], cwd=ROOT, text=True, capture_output=True, check=True)
    assert "88,629 rows, survey years 2011 to 2021" in " ".join(done.stdout.split())
    assert (tmp_path / "data" / "brfss.csv").read_bytes() == sample_csv.read_bytes()
    lines = sample_csv.read_bytes().splitlines(keepends=True)
    for wrong, fault in {
        b"<html>": "brfss.csv:1: the header lacks YearStart",
        b"".join(lines[:2]): "column QuestionID lacks Q019, ",
    }.items():
        with serving(Reply(wrong)) as server:
            refused = subprocess.run([*fetch, server.url], cwd=ROOT, text=True, capture_output=True, check=False)
        assert refused.returncode == 2
        assert "what came is not the table: brfss.csv:" in refused.stderr
        assert fault in refused.stderr
        assert (tmp_path / "data" / "brfss.csv").read_bytes() == sample_csv.read_bytes()


def test_fetch_tells_a_wrong_address_in_one_line(tmp_path: Path) -> None:
    """Neither an address that is none nor a redirect to one gives a traceback, or is tried again."""
    (tmp_path / "config.toml").touch()
    fetch = [sys.executable, "run.py", "--config", str(tmp_path / "config.toml"), "fetch", "--url"]
    redirect = Reply(b"", 302, more=(("Location", "http://[bad"), ("Content-Length", "0")))
    with serving(redirect) as server:
        for url in ("http://[bad", server.url):
            done = subprocess.run([*fetch, url], cwd=ROOT, text=True, capture_output=True, check=False)
            reason = f"{url}: it is, or it redirects to, what is no address; check the address\n"
            assert (done.returncode, done.stderr) == (2, reason)
            assert "trying again" not in done.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["serve"], ["fetch"], ["check"], ["new"], ["ask"], ["ask", "best5"], ["shell"], ["export"]]
)
def test_help_is_there(arguments: list[str]) -> None:
    """Each command explains itself, with an example."""
    done = subprocess.run(
        [sys.executable, "run.py", *arguments, "--help"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout.startswith("usage: run.py")
    assert not arguments or "Example: python run.py" in " ".join(done.stdout.split())
