"""The list of jobs: filters, pages, and how far a job is."""

from __future__ import annotations

from tests.client import Client
from tests.waiting import until

FOREVER = {"millions": 1_000_000}


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
