"""Requests by the thousand on every route: none fails the service, holds it up, fills it or changes what it knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bench.visitors import KNOWN
from service.api.routes import ROUTES
from tests.process import ROOT, Process, Start
from tests.reliability.hostile_requests import REQUESTS, Request
from tests.reliability.wire import Reply, Wire
from tests.waiting import wait_until

MANY = int(os.environ.get("HOSTILE_REQUESTS", "10000"))
"""Of the slow run, so that there may be more of them."""
OWN = {
    "catalog_folder": ROOT / "sql",
    "log_slow_callbacks": 20,
    **{"jobs_keep": 200, "jobs_keep_bytes": 4_000_000, "cache_bytes": 4_000_000, "results_disk_bytes": 40_000_000},
}
"""Settings: what takes the event loop 20 ms is logged, and what is kept is so little that it is full soon."""
FAULTS = (" ERROR ", " CRITICAL ", "Traceback", "a callback took ")
"""What the log must not say."""
PROMISED = {503, 504, 505}
"""Ask again; it took too long; another version of HTTP."""
LEAST_ACCEPTED = 0.3
MOST_GROWTH = 1.1
LONGEST = 65536
"""Bytes: who still sends what is longer when its refusal comes may see no more than the connection's end."""
REFUSING = {"admin.reload", "admin.graceful_shutdown", "jobs.cancel", "page.bundle"}
"""Handlers that accept none of these requests: the first two would end it or take long, jobs have ended before they
could be cancelled, and no request names the drawing library."""
BATCH = 1000
"""Requests of one search, since hypothesis remembers each of a search."""


def objection(sent: Request | bytes, reply: Reply) -> str | None:
    """What is wrong with a reply, whatever was sent."""
    if reply.status >= 500 and reply.status not in PROMISED:
        return "a fault of the service"
    if reply.status == 0 and isinstance(sent, Request) and len(sent.data()) < LONGEST:
        return "no reply"
    if reply.status >= 400 and reply.body:
        if reply.media_type != "application/json" or json.loads(reply.body)["status"] != "error":
            return "an error that is not JSON"
        if str(ROOT) in reply.body.decode() or "Traceback" in reply.body.decode():
            return "a path or a traceback of the server"
    return None


def send_some(service: Process, count: int, *, random: bool) -> Counter[str]:
    """How many were sent and accepted, in all and of which handlers."""
    found: Counter[str] = Counter()

    @settings(
        max_examples=count, deadline=None, database=None, derandomize=not random,
        phases=[Phase.generate], suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    @given(REQUESTS)
    def send(sent: Request | bytes) -> None:
        if isinstance(sent, Request):
            reply = wire.send(sent.data(), sent.method)
        else:
            wire.close()
            reply = wire.send(sent, "GET", last=True)
        assert objection(sent, reply) is None, (reply, repr(sent)[:1000])
        accepted = 200 <= reply.status < 400
        found.update(["sent", *(["accepted"] if accepted else [])])
        if accepted and isinstance(sent, Request):
            found[sent.route] += 1

    with Wire(service.url) as wire:
        send()
    return found


def known(service: Process) -> list[object]:
    """What must be the same before and after."""
    return [service.ask("GET", "/api/statistics"), service.ask("GET", KNOWN[0]), *map(service.count, KNOWN)]


def memory(service: Process) -> int:
    return psutil.Process(service.pid).memory_info().rss


def withstands(service: Process, batches: list[int], *, random: bool) -> Counter[str]:
    """Send them, and look at what must not have changed; returns what was accepted."""
    service.ready()
    before, found, level = known(service), Counter[str](), []
    for count in batches:
        found += send_some(service, count, random=random)
        level.append(memory(service))
    assert found["accepted"] >= LEAST_ACCEPTED * found["sent"], found
    wait_until(lambda: service.ask("GET", "/api/num_jobs") == (200, {"num_jobs": 0}))
    assert known(service) == before
    assert level[-1] <= MOST_GROWTH * level[len(level) // 2], level
    assert [line for line in service.log().splitlines() if any(fault in line for fault in FAULTS)] == []
    return found


def test_hundreds_are_withstood(start: Start) -> None:
    """The same ones each time."""
    withstands(start(**OWN), [300], random=False)


@pytest.mark.slow
def test_thousands_are_withstood(start: Start) -> None:
    """Others each time; every handler accepts some, but for those that cannot."""
    found = withstands(start(**OWN), [BATCH] * (MANY // BATCH), random=True)
    handlers = {f"{each.handler.__module__.rpartition('.')[2]}.{each.handler.__name__}" for each in ROUTES}
    assert handlers - set(found) - REFUSING == set()


@pytest.mark.slow
def test_the_parser_in_python_withstands_them(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp has one in C and one for where that cannot be built."""
    monkeypatch.setenv("AIOHTTP_NO_EXTENSIONS", "1")
    chosen = "import aiohttp.http_parser as p; assert p.HttpRequestParser is p.HttpRequestParserPy"
    subprocess.run([sys.executable, "-c", chosen], check=True)
    withstands(start(**OWN), [BATCH] * 3, random=True)
