"""At once or later: how long a caller waits for an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.process import SLOW

WIDE = """\
-- Wide rows.
-- $rows integer(0..1000000) = 10: how many
-- $letters integer(1..1000000) = 1000: of each text
select range as id, repeat('x', $letters) as text from range($rows::bigint)
"""
ASKED = "/api/best5?question=Q036"


@pytest.fixture
async def slow(serve: Serve, tmp_path: Path) -> Client:
    """A service with a statistic that takes as long as one likes, and one that is as large."""
    client: Client = await serve(
        catalog_folder=folder_of(tmp_path / "sql", slow=SLOW, wide=WIDE), results_memory_bytes=1_000_000
    )
    return client


async def test_a_quick_answer_comes_at_once(client: Client) -> None:
    """GET gives what results give, byte for byte."""
    at_once = await client.get(ASKED)
    job_id = await client.start("best5", question="Q036")
    assert at_once.status == 200
    assert at_once.body == (await client.results(job_id)).body


@pytest.mark.parametrize(
    ("query", "headers"),
    [("wait=0", {}), ("wait=0.05", {}), ("", {"Prefer": "respond-async"}), ("", {"Prefer": "wait=0"})],
)
async def test_a_slow_answer_becomes_a_job(slow: Client, query: str, headers: dict[str, str]) -> None:
    """202, where to look, when to come back; the job goes on."""
    reply = await slow.get(f"/api/slow?millions=100000&{query}", headers=headers)
    assert (reply.status, reply.headers["Retry-After"]) == (202, "1")
    assert reply.headers["Location"] == f"/api/status/{reply.body['job_id']}"
    status = await slow.get(reply.headers["Location"])
    assert status.body["status"] in {"queued", "running"}


async def test_a_list_repeats_in_the_query(client: Client) -> None:
    """One name, several values."""
    data = (await client.get("/api/compare_states?question=Q036&states=OH&states=ny")).body["data"]
    assert {row["state"] for row in data} == {"Ohio", "New York"}


async def test_status_waits_for_a_change(slow: Client) -> None:
    """With `wait` the status comes when it has changed, after one request a change; results come at the end."""
    job_id = await slow.start("slow", millions=300)
    seen = [(await slow.get(f"/api/status/{job_id}?wait=30")).body["status"]]
    while seen[-1] != "done":
        seen.append((await slow.get(f"/api/status/{job_id}?wait=30")).body["status"])
    assert len(seen) <= 2
    other = await slow.start("slow", millions=200)
    assert (await slow.get(f"/api/results/{other}?wait=30")).body["status"] == "done"


@pytest.mark.parametrize(
    ("prefer", "status"), [("wait=10", 200), ('respond-async, wait="10"', 200), ("wait=x", 202), ("", 202)]
)
async def test_a_caller_may_wait_for_the_answer(client: Client, prefer: str, status: int) -> None:
    """`Prefer: wait=N` gives the answer at once when it is there in time."""
    reply = await client.post("/api/best5", {"question": "Q036"}, headers={"Prefer": prefer})
    assert (reply.status, "data" in reply.body, reply.body["job_id"]) == (status, status == 200, 1)


async def test_a_post_that_waits_gives_what_is_short(slow: Client) -> None:
    """A long answer stays a job, whose results are there to be streamed."""
    reply = await slow.post("/api/wide?meta=true", {"rows": 10}, headers={"Prefer": "wait=10"})
    assert (reply.status, len(reply.body["data"]), reply.body["meta"]["statistic"]) == (200, 10, "wide")
    reply = await slow.post("/api/wide", {"rows": 3000, "letters": 3000}, headers={"Prefer": "wait=10"})
    assert (reply.status, reply.body["status"], reply.body["rows"]) == (202, "done", 3000)


async def test_a_post_that_waits_obeys_the_row_limit(serve: Serve) -> None:
    """More rows than the operator allows are fetched in pages."""
    client = await serve(results_max_rows=5)
    reply = await client.post("/api/states_mean", {"question": "Q036"}, headers={"Prefer": "wait=10"})
    assert (reply.status, reply.body["status"]) == (202, "done")


async def test_prefer_may_have_several_lines(client: Client) -> None:
    """Each line counts."""
    headers = [("Prefer", "handling=lenient"), ("Prefer", "respond-async")]
    reply = await client.get("/api/worst5?question=Q018&fresh=true", headers=headers)
    assert reply.status == 202
