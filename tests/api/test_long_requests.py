"""Requests that are as long as they may be: each is refused or answered, and none stops the others (`held_up.py`)."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest

from tests.client import Client
from tests.waiting import LIMIT

QUESTION = {"question": "Q036"}
LONG = 60_000
"""Characters: nearly what a body or an address may have."""
ROWS = "/api/total_by_state.csv?question=Q036"
NAMES = ",".join(f"Ohio{number}" for number in range(6000))
JSON = {"Content-Type": "application/json"}
PACKED = {
    "data": gzip.compress(bytes(60_000_000), 9)[:LONG],
    "headers": JSON | {"Content-Encoding": "gzip"},
}
"""60 MB in 60 kB."""
REQUESTS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "a value": ("POST", "/api/state_mean", {"json": QUESTION | {"state": "Ohio " * (LONG // 5)}}, 400),
    "the name of a parameter": ("POST", "/api/best5", {"json": QUESTION | {"x" * LONG: 1}}, 400),
    "many parameters": ("POST", "/api/best5", {"json": dict.fromkeys(map(str, range(6000)), 1)}, 400),
    "a list": ("POST", "/api/compare_states", {"json": QUESTION | {"states": ["OH"] * 10_000}}, 400),
    "lists in lists": ("POST", "/api/best5", {"data": "[" * LONG, "headers": JSON}, 400),
    "a name": ("GET", f"/api/{'states_mean' * (LONG // 11)}", {}, 404),
    "a path": ("GET", f"/api/choices/{'a/' * (LONG // 2)}", {}, 404),
    "an option": ("GET", f"{ROWS}&format={'csv' * (LONG // 3)}", {}, 400),
    "many options": ("GET", f"{ROWS}{'&a' * (LONG // 2)}", {}, 400),
    "words": ("GET", f"/api/choices/Sample_Size?search={'a+' * (LONG // 2)}", {}, 400),
    "many values": ("GET", "/api/choices/Sample_Size?search=1", {}, 200),
    "open quotes": ("GET", f'{ROWS}&state=in.("{chr(92)}"'.replace('"', "%22") + "%5C%22" * 9000 + ")", {}, 400),
    "many of one column": ("GET", f"{ROWS}&state=in.({NAMES})", {}, 200),
    "columns": ("GET", f"{ROWS}&select={'state,' * (LONG // 6)}state", {}, 400),
    "an order": ("GET", f"{ROWS}&order={'state,' * (LONG // 6)}state", {}, 200),
    "many headers": ("GET", ROWS, {"headers": [("Accept", f"a/b{n};q=0.1," * 40) for n in range(100)]}, 200),
    "formats": ("GET", ROWS.replace(".csv", ""), {"headers": {"Accept": "a/b," * 9000}}, 400),
    "codings": ("GET", ROWS, {"headers": {"Accept-Encoding": "x;q=0.5," * 7000}}, 400),
    "tags": ("GET", ROWS, {"headers": {"If-None-Match": '"a",' * 9000}}, 400),
    "ranges": ("GET", ROWS, {"headers": {"Range": f"bytes={'0-1,' * 9000}2-3"}}, 200),
    "a preference": ("POST", "/api/best5", {"json": QUESTION, "headers": {"Prefer": "wait " * 9000}}, 400),
    "a packed body": ("POST", "/api/best5", PACKED, 415),
    "a packed body of a GET": ("GET", ROWS, PACKED, 200),
}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "options", "status"), REQUESTS.values(), ids=[*REQUESTS])
async def test_a_long_request_is_answered_at_once(
    client: Client, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    """Whatever is long about it."""
    async with client.session.request(method, path, **options) as response:
        await response.read()
    assert response.status == status


@pytest.fixture
async def busy(client: Client) -> Client:
    """With thousands of jobs, which share one answer."""
    await client.ask("best5", **QUESTION)
    query = client.service.editions.query("best5", QUESTION)
    for _ in range(25):
        await asyncio.gather(*(client.service.jobs.submit(query) for _ in range(100)))
    return client


async def test_jobs_are_listed_in_pages(busy: Client) -> None:
    """A thousand at most; Link and `cursor` lead to the next page, and together they are all."""
    path: str | None = "/api/jobs?status=done"
    seen, pages = [], 0
    while path:
        async with busy.session.get(path) as response:
            body = await response.json()
            path = str(response.links["next"]["url"]) if response.links else None
        assert ("cursor" in body) == (path is not None)
        seen += [job["job_id"] for job in body["data"]]
        pages += 1
    assert (seen, pages) == ([*range(1, 2502)], 3)
    assert len((await busy.get("/api/jobs?limit=100000")).body["data"]) == 1000


async def test_who_missed_thousands_of_events_gets_them(busy: Client) -> None:
    """One by one, in turns with other requests."""
    async with busy.session.get("/api/status/1/events") as response:
        boot = (await response.content.readuntil(b"\r\n")).decode().removeprefix("id: ").partition("-")[0]
    async with (
        asyncio.timeout(LIMIT),
        busy.session.get("/api/jobs/events", headers={"Last-Event-ID": f"{boot}-0"}) as response,
    ):
        last = 0
        async for line in response.content:
            if line.startswith(b"data: "):
                last = max(last, json.loads(line[6:])["job_id"])
            if last == 2501:
                break
