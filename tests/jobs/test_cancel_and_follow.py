"""Jobs that end: cancelled, too long, asked for twice; and who follows them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.process import FAST, SLOW
from tests.waiting import LIMIT, until

FOREVER = {"millions": 1_000_000}


@pytest.fixture
async def slow(serve: Serve, tmp_path: Path) -> Client:
    """A service with two workers and a statistic that does not end by itself."""
    (tmp_path / "sql").mkdir(exist_ok=True)
    (tmp_path / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    (tmp_path / "sql" / "fast.sql").write_text(FAST, encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    return client


async def is_running(client: Client, job_id: int) -> bool:
    return bool((await client.get(f"/api/status/{job_id}")).body["status"] == "running")


async def has_pending(client: Client, count: int) -> bool:
    return bool((await client.get("/api/num_jobs")).body["num_jobs"] == count)


async def test_a_running_job_is_cancelled_and_its_worker_takes_the_next(slow: Client) -> None:
    """DuckDB is interrupted, so that a worker is free at once, though both were busy for hours; the other goes on."""
    other = await slow.start("slow", millions=999_999)
    for _ in range(5):
        job_id = await slow.start("slow", **FOREVER)
        await until(partial(is_running, slow, job_id))
        reply = await slow.delete(f"/api/jobs/{job_id}")
        assert (reply.status, reply.body["status"]) == (200, "cancelled")
        assert (await slow.get("/api/fast?fresh=true&wait=60")).status == 200
    assert (await slow.get(f"/api/status/{other}")).body["status"] == "running"
    results = await slow.get(f"/api/results/{job_id}")
    assert (results.status, results.body["reason"]) == (409, "the job was cancelled")


async def test_a_queued_job_is_cancelled_at_once(slow: Client) -> None:
    """It never runs."""
    running = [await slow.start("slow", millions=900_000 + n) for n in range(2)]
    queued = await slow.start("slow", **FOREVER)
    reply = await slow.delete(f"/api/jobs/{queued}")
    assert (reply.body["status"], "started_at" in reply.body) == ("cancelled", False)
    for job_id in running:
        await slow.delete(f"/api/jobs/{job_id}")
    assert (await slow.get("/api/num_jobs")).body == {"num_jobs": 0}


async def test_cancelling_one_leaves_who_asked_the_same(slow: Client) -> None:
    """Two jobs share a run: it goes on for the second."""
    first, second = [await slow.start("slow", millions=300) for _ in range(2)]
    await slow.delete(f"/api/jobs/{first}")
    assert (await slow.results(second)).status == 200
    assert (await slow.results(first)).status == 409


async def test_what_has_ended_cannot_be_cancelled(slow: Client) -> None:
    """409 for a finished job, 404 for an unknown one."""
    job_id = await slow.start("fast")
    await slow.results(job_id)
    reply = await slow.delete(f"/api/jobs/{job_id}")
    assert (reply.status, reply.body["reason"]) == (409, f"job {job_id} has ended already: it is done")
    assert (await slow.delete("/api/jobs/999")).status == 404
    assert (await slow.delete("/api/jobs/x")).status == 400


async def test_a_job_over_the_time_limit_ends(serve: Serve, slow: Client, tmp_path: Path) -> None:
    """The overall limit holds for all; 504 says how long it was."""
    client = await serve(catalog_folder=tmp_path / "sql", jobs_time_limit=0.2, jobs_journal="")
    reply = await client.get("/api/slow?millions=1000000&wait=60")
    assert (reply.status, reply.body["reason"]) == (504, "slow took longer than 0.2 s; ask for less")


async def test_a_running_job_shows_its_progress(slow: Client) -> None:
    """A share from 0 to 1 that grows."""
    job_id = await slow.start("slow", millions=100_000)
    seen = [0.0]

    async def has_grown() -> bool:
        seen.append((await slow.get(f"/api/status/{job_id}")).body.get("progress", 0.0))
        return len(set(seen)) > 3

    await until(has_grown)
    assert seen == sorted(seen)
    assert seen[-1] <= 1


async def test_a_client_that_goes_away_stops_the_query(slow: Client) -> None:
    """Nobody else knows of the job that a GET began."""
    asked = asyncio.ensure_future(slow.get("/api/slow?millions=1000000&wait=60"))
    await until(lambda: has_pending(slow, 1))
    asked.cancel()
    await until(lambda: has_pending(slow, 0))
    jobs = (await slow.get("/api/jobs")).body["data"]
    assert [job["status"] for job in jobs] == ["cancelled"]
    assert (await slow.get("/api/fast")).status == 200


async def test_an_idempotency_key_gives_the_same_job(slow: Client) -> None:
    """Sent again, at once or later: one job. Another request with the key is 422; a key that is none is 400."""
    headers = {"Idempotency-Key": "a1"}
    replies = await asyncio.gather(*(slow.post("/api/fast", {}, headers=headers) for _ in range(10)))
    assert {(reply.status, reply.body["job_id"]) for reply in replies} == {(202, 1)}
    other = await slow.post("/api/slow", {"millions": 2}, headers=headers)
    assert (other.status, other.body["job_id"]) == (422, 1)
    assert "a new one needs a new key" in other.body["reason"]
    assert (await slow.post("/api/fast", {}, headers={"Idempotency-Key": "x" * 300})).status == 400
    assert (await slow.post("/api/fast", {}, headers={"Idempotency-Key": "b2"})).body["job_id"] == 2


async def test_jobs_are_filtered_and_paged(slow: Client) -> None:
    """By state, statistic and time; pages by cursor give each job once."""
    fast = [await slow.start("fast") for _ in range(5)]
    bad = await slow.start("slow", **FOREVER)
    await slow.delete(f"/api/jobs/{bad}")
    for job_id in fast:
        await slow.results(job_id)

    async def ids(query: str) -> list[int]:
        return [job["job_id"] for job in (await slow.get(f"/api/jobs?{query}")).body["data"]]

    assert await ids("") == [*fast, bad]
    assert await ids("status=cancelled") == [bad]
    assert await ids("statistic=fast&status=done") == fast
    assert await ids("status=cancelled&status=done&statistic=fast&statistic=slow") == sorted([bad, *fast])
    assert await ids("newest=2") == [fast[4], bad]
    assert await ids("newest=2&status=done") == fast[3:]
    assert await ids("newest=2&limit=1") == fast[4:]
    assert await ids("since=2011-01-01") == [*fast, bad]
    assert await ids("since=2999-01-01T00:00:00Z") == []
    body = (await slow.get("/api/jobs?limit=4")).body
    assert [job["job_id"] for job in body["data"]] == fast[:4]
    rest = (await slow.get(f"/api/jobs?limit=4&cursor={body['cursor']}")).body
    assert ([job["job_id"] for job in rest["data"]], "cursor" in rest) == ([fast[4], bad], False)
    for wrong in (
        "status=lost",
        "since=yesterday",
        "limit=0",
        "cursor=x",
        "colour=red",
        "limit=1&limit=2",
        "newest=0",
    ):
        assert (await slow.get(f"/api/jobs?{wrong}")).status == 400


@asynccontextmanager
async def following(client: Client, path: str, **headers: str) -> AsyncIterator[AsyncIterator[tuple[str, str, Any]]]:
    """The events of an address, as (id, kind, data)."""
    async with client.session.get(path, headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")

        async def events() -> AsyncIterator[tuple[str, str, Any]]:
            fields: dict[str, str] = {}
            async for line in response.content:
                name, _, value = line.decode().rstrip("\r\n").partition(": ")
                if name:
                    fields[name] = value
                elif fields:
                    yield fields["id"], fields["event"], json.loads(fields["data"])
                    fields = {}

        yield events()


async def test_events_tell_each_change(slow: Client) -> None:
    """Queued, running, done, in order; a listener that comes back gets what it missed."""
    async with following(slow, "/api/jobs/events") as events:
        job_id = await slow.start("slow", millions=20)
        seen = [await anext(events) for _ in range(3)]
    assert [(data["job_id"], data["status"]) for _, _, data in seen] == [
        (job_id, "queued"), (job_id, "running"), (job_id, "done"),
    ]  # fmt: skip
    async with following(slow, "/api/jobs/events", **{"Last-Event-ID": seen[0][0]}) as events:
        assert [await anext(events) for _ in range(2)] == seen[1:]


async def test_events_of_an_earlier_process_are_reset(slow: Client) -> None:
    """An id that is not known is answered with `reset`, so that the client lists the jobs anew."""
    async with following(slow, "/api/jobs/events", **{"Last-Event-ID": "abc-5"}) as events:
        assert (await anext(events))[1] == "reset"


async def test_events_of_one_job_end_with_it(slow: Client) -> None:
    """First what it is, then its changes, then the end; a browser that comes back is told to stay away."""
    job_id = await slow.start("slow", millions=100)
    await slow.start("fast")
    async with following(slow, f"/api/status/{job_id}/events") as events:
        seen = [event async for event in events]
    assert {data["job_id"] for _, _, data in seen} == {job_id}
    assert seen[-1][2]["status"] == "done"
    async with following(slow, f"/api/status/{job_id}/events") as events:
        assert [data["status"] async for _, _, data in events] == ["done"]
    reply = await slow.get(f"/api/status/{job_id}/events", headers={"Last-Event-ID": seen[-1][0]})
    assert reply.status == 204


async def test_500_listeners_hear_every_change(slow: Client) -> None:
    """Though one of them never reads."""
    async with slow.session.get("/api/num_jobs") as response:
        port = response.url.port
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(500)]
    try:
        for _, writer in connections:
            writer.write(b"GET /api/jobs/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for reader, _ in connections:
            await reader.readuntil(b"\r\n\r\n")
        job_id = await slow.start("fast")
        await slow.results(job_id)
        for reader, _ in connections[1:]:
            await asyncio.wait_for(reader.readuntil(b'"status":"done"'), LIMIT)
    finally:
        for _, writer in connections:
            writer.close()
