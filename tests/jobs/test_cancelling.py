"""Jobs that end before their time: cancelled, over a time limit, or left by the client that asked."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from tests.client import Client
from tests.conftest import Serve
from tests.waiting import until

FOREVER = {"millions": 1_000_000}


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


async def test_cancelling_one_leaves_another_job_on_the_same_run(slow: Client) -> None:
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
    own = tmp_path / "own"
    client = await serve(catalog_folder=tmp_path / "sql", jobs_time_limit=0.2, jobs_journal="", results_folder=own)
    reply = await client.get("/api/slow?millions=1000000&wait=60")
    assert (reply.status, reply.body["reason"]) == (504, "slow took longer than 0.2 s; ask for less")


async def test_a_client_that_goes_away_stops_the_query(slow: Client) -> None:
    """Nobody else knows of the job that a GET began."""
    asked = asyncio.ensure_future(slow.get("/api/slow?millions=1000000&wait=60"))
    await until(lambda: has_pending(slow, 1))
    asked.cancel()
    await until(lambda: has_pending(slow, 0))
    jobs = (await slow.get("/api/jobs")).body["data"]
    assert [job["status"] for job in jobs] == ["cancelled"]
    assert (await slow.get("/api/fast")).status == 200
