"""A job over HTTP, from the request to its results."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from service.statistics.catalog import Catalog
from tests.client import Client
from tests.conftest import Serve, read_frame

SLOW = """\
-- Something that takes as long as its argument says.
-- $millions integer(1..100000) = 1: how long
-- returns: row
select sum(hash(range))::double as total from range($millions::bigint * 1000000)
"""


@pytest.fixture
async def busy(serve: Serve, tmp_path: Path) -> Client:
    """A client of a server that has a slow statistic, and room for three jobs."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    started: Client = await serve(catalog_folder=tmp_path / "sql", workers_max_pending=3)
    return started


@pytest.mark.parametrize("name", sorted(Path("sql").glob("*.sql")), ids=lambda path: path.stem)
async def test_every_example_is_answered(client: Client, catalog: Catalog, name: Path) -> None:
    """Each statistic answers its example, from POST to results."""
    statistic = catalog.statistics[name.stem]
    for example in statistic.examples:
        assert await client.ask(statistic.name, **example)


async def test_the_answer_is_right(client: Client, small_csv: Path) -> None:
    """What comes over HTTP is what pandas finds."""
    frame = read_frame(small_csv)
    rows = frame[(frame.QuestionID == "Q036") & (frame.LocationAbbr == "OH")]
    answer = await client.ask("state_mean", question="Q036", state="OH")
    assert answer == {"Ohio": pytest.approx(rows.Data_Value.mean(), abs=1e-9)}


async def test_an_accepted_job_says_where_it_is(client: Client) -> None:
    """202, a Location, and the arguments in the data's own spelling after defaults."""
    reply = await client.post("/api/state_mean", {"state": " oh", "question": "q036"})
    assert (reply.status, reply.body["status"], reply.body["job_id"]) == (202, "queued", 1)
    assert reply.body["arguments"] == {
        "question": "Percent of adults aged 18 years and older who have obesity",
        "state": "Ohio",
        "since": 2011,
        "until": 2100,
    }
    located = await client.get(reply.headers["Location"])
    assert (located.status, located.body["job_id"]) == (200, 1)


async def test_start_takes_any_statistic(client: Client) -> None:
    """POST /api/start is the same as the statistic's own route."""
    body = {"statistic": "best5", "arguments": {"question": "Q036"}}
    reply = await client.post("/api/start", body)
    assert reply.status == 202
    results = await client.results(reply.body["job_id"])
    assert results.body["data"] == await client.ask("best5", question="Q036")


async def test_the_older_name_of_results_works(client: Client) -> None:
    """GET /api/get_results/{id} is the same as /api/results/{id}."""
    job_id = await client.start("best5", question="Q036")
    newer = await client.results(job_id)
    assert (await client.get(f"/api/get_results/{job_id}")).body == newer.body


async def test_status_has_the_times(client: Client) -> None:
    """A finished job shows when it was submitted, started and finished."""
    job_id = await client.start("best5", question="Q036")
    await client.results(job_id)
    job = (await client.get(f"/api/status/{job_id}")).body
    assert job["status"] == "done"
    assert job["submitted_at"] <= job["started_at"] <= job["finished_at"]
    assert job["finished_at"].endswith("Z")


async def test_jobs_are_listed_newest_last(client: Client) -> None:
    """GET /api/jobs has every job with its state."""
    for question in ("Q036", "Q037"):
        await client.results(await client.start("best5", question=question))
    body = (await client.get("/api/jobs")).body
    assert body["status"] == "done"
    assert [(job["job_id"], job["status"], job["statistic"]) for job in body["data"]] == [
        (1, "done", "best5"),
        (2, "done", "best5"),
    ]


async def test_ids_are_unique_under_load(client: Client) -> None:
    """A hundred requests at once get a hundred ids, each once, and each its own answer."""
    replies = await asyncio.gather(
        *(client.post("/api/state_mean", {"question": "Q036", "state": s}) for s in ["OH", "IA"] * 50)
    )
    ids = [reply.body["job_id"] for reply in replies]
    assert sorted(ids) == list(range(1, 101))
    for reply in replies:
        results = await client.results(reply.body["job_id"])
        assert list(results.body["data"]) == [reply.body["arguments"]["state"]]


async def test_a_running_job_is_running(busy: Client) -> None:
    """Results say that a job is running until it has ended; pending jobs are counted."""
    job_id = await busy.start("slow", millions=100_000)
    assert (await busy.get(f"/api/results/{job_id}")).body == {"status": "running"}
    status = await busy.get(f"/api/status/{job_id}")
    while status.body["status"] == "queued":  # a busy machine may take its time to begin
        status = await busy.get(f"/api/status/{job_id}?wait=60")
    assert status.body["status"] == "running"
    assert (await busy.get("/api/num_jobs")).body == {"num_jobs": 1}


async def test_a_full_queue_refuses(busy: Client) -> None:
    """Above the limit a job is refused with 503 and Retry-After, and none is lost or made."""
    for _ in range(3):
        await busy.start("slow", millions=100_000)
    reply = await busy.post("/api/slow", {})
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert (await busy.get("/api/num_jobs")).body == {"num_jobs": 3}
    assert len((await busy.get("/api/jobs")).body["data"]) == 3


async def test_a_job_that_has_gone_is_410(serve: Serve) -> None:
    """A finished job above the number to keep answers 410."""
    client = await serve(jobs_keep=1)
    first = await client.start("best5", question="Q036")
    await client.results(first)
    second = await client.start("best5", question="Q036")
    await client.results(second)
    reply = await client.get(f"/api/results/{first}")
    assert (reply.status, reply.body["job_id"]) == (410, first)


async def test_known_things_without_data_end_in_an_error(client: Client) -> None:
    """A question that was not asked in those years: the job ends in error, and its results are 404."""
    job_id = await client.start("state_mean", question="Q018", state="OH", since=2012, until=2013)
    reply = await client.results(job_id)
    assert (reply.status, reply.body["status"], reply.body["job_id"]) == (404, "error", job_id)
    assert reply.body["reason"].startswith("nothing is published for question = Percent of adults who report")
    assert reply.body["reason"].endswith("the statistic coverage shows which question was asked where and when")
    assert (await client.get(f"/api/status/{job_id}")).body["status"] == "error"


async def test_values_are_bound_not_pasted(serve: Serve, tmp_path: Path) -> None:
    """A text comes back as it went in, whatever SQL is in it."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "echo.sql").write_text("-- Echo.\n-- $x text: any\nselect $x as x", encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    for text in ["'; drop table health; --", "$x", "a\u0000b", "\U0001f600\n"]:
        assert await client.ask("echo", x=text) == [{"x": text}]
