"""How the process ends: by a signal or over HTTP, and never by a web page or a proxy."""

from __future__ import annotations

import json
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.process import Process, Start, ended, has_logged
from tests.waiting import LIMIT, wait_until


@pytest.fixture
def service(start: Start) -> Process:
    process = start()
    process.ready()
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_what_was_taken(start: Start, number: signal.Signals) -> None:
    """200 jobs are accepted, then the signal: all are finished, the exit code is 0, nothing is on standard error."""
    service = start(server_linger=4)
    service.ready()
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: service.ask("POST", "/api/slow", {"millions": 4}), range(200)))
    ids = [body["job_id"] for status, body in taken if status == 202]
    assert len(ids) == 200
    service.send(number)
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda job_id: ended(service, job_id), ids))
    assert all(status == 200 and body["status"] == "done" for status, body in results)
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
    """The second signal ends it: a job that would run for hours is interrupted, and the exit code is 1."""
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
    ({"Sec-Purpose": "prefetch;prerender"}, "the browser is prefetching"),
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


def test_an_invalid_host_is_refused(service: Process) -> None:
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


def test_head_does_not_end_the_service(service: Process) -> None:
    """HEAD, which programs send to have a look, does not do what GET does."""
    request = b"HEAD /api/graceful_shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert raw_answer(service, request)[0] == 405
    assert service.ask("POST", "/api/fast", {})[0] == 202


def test_the_services_own_page_may_end_it(service: Process) -> None:
    """A request from this origin is let through."""
    page = {"Origin": service.url, "Referer": f"{service.url}/docs"}
    status, _ = service.ask("POST", "/api/graceful_shutdown", **page)
    assert status == 200
    assert service.ended() == (0, "")
