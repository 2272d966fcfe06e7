"""Events: each change of a job, for whoever follows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.client import Client
from tests.waiting import LIMIT


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


async def test_each_change_is_an_event(slow: Client) -> None:
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
    """An id that is not known is answered with `reset`, so that the client lists the jobs again."""
    async with following(slow, "/api/jobs/events", **{"Last-Event-ID": "abc-5"}) as events:
        assert (await anext(events))[1] == "reset"


async def test_an_id_that_was_never_given_is_reset(slow: Client) -> None:
    """Its number is above the newest, and may have any digits."""
    await slow.start("fast")
    async with following(slow, "/api/status/1/events") as events:
        boot = (await anext(events))[0].partition("-")[0]
    for number in ("1000000", "9" * 1900):
        async with following(slow, "/api/jobs/events", **{"Last-Event-ID": f"{boot}-{number}"}) as events:
            assert (await anext(events))[1] == "reset"


async def test_events_of_one_job_end_with_it(slow: Client) -> None:
    """First what it is, then its changes, then the end; a browser that reconnects is told not to."""
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


async def test_500_listeners_get_every_change(slow: Client) -> None:
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
