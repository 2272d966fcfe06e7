"""At once or later: how long a caller waits, what is remembered, and what is shared."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
import requests
from cachecontrol import CacheControl

from tests.client import Client
from tests.conftest import Serve
from tests.process import SLOW
from tests.waiting import LIMIT

ASKED = "/api/best5?question=Q036"
RANDOM = """\
-- Another number each time.
-- $n integer(0..100) = 0: which
-- returns: row
select random() as number, $n as n
"""


@pytest.fixture
async def slow(serve: Serve, tmp_path: Path) -> Client:
    """A service with a statistic that takes as long as one likes, and one that is never twice the same."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    (tmp_path / "sql" / "chance.sql").write_text(RANDOM, encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
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


async def test_the_same_is_not_computed_twice(slow: Client) -> None:
    """Same arguments, same answer; `fresh` runs it again and is remembered from then on."""
    first = (await slow.get("/api/chance")).body["data"]["number"]
    assert (await slow.get("/api/chance?n=0")).body["data"]["number"] == first
    assert (await slow.ask("chance"))["number"] == first
    assert (await slow.get("/api/chance?n=1")).body["data"]["number"] != first
    fresh = (await slow.get("/api/chance?fresh=true")).body["data"]["number"]
    assert fresh != first
    assert (await slow.get("/api/chance")).body["data"]["number"] == fresh
    reply = await slow.post("/api/chance?fresh=true", {}, headers={"Prefer": "wait=5"})
    assert reply.body["data"]["number"] != fresh


async def test_requests_in_flight_share_one_run(slow: Client) -> None:
    """Twenty at once cost the CPU time that one costs, and have the same answer."""
    begun = time.process_time()
    one = await slow.get("/api/slow?millions=99&wait=60")
    alone = time.process_time() - begun
    begun = time.process_time()
    replies = await asyncio.gather(*(slow.get("/api/slow?millions=100&wait=60") for _ in range(20)))
    assert time.process_time() - begun < 5 * alone + 1
    assert {reply.status for reply in [one, *replies]} == {200}
    assert len({reply.headers["Provenance-Computed-At"] for reply in replies}) == 1


async def test_without_a_cache_each_is_computed(serve: Serve, tmp_path: Path) -> None:
    """With no room nothing is remembered."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "chance.sql").write_text(RANDOM, encoding="utf-8")
    client = await serve(catalog_folder=tmp_path / "sql", cache_bytes=0)
    assert (await client.get("/api/chance")).body != (await client.get("/api/chance")).body


async def test_the_cache_is_bounded(serve: Serve, tmp_path: Path) -> None:
    """Those that were not asked for longest go first."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "chance.sql").write_text(RANDOM, encoding="utf-8")
    client = await serve(catalog_folder=tmp_path / "sql", cache_bytes=20_000)
    first = (await client.get("/api/chance?n=0")).body
    assert (await client.get("/api/chance?n=0")).body == first
    for n in range(1, 21):
        await client.get(f"/api/chance?n={n}")
    assert (await client.get("/api/chance?n=0")).body != first


async def test_a_changed_file_is_computed_anew(slow: Client, tmp_path: Path) -> None:
    """The SQL is part of what is remembered, so a reload needs to sweep nothing."""
    before = (await slow.get("/api/chance")).body["data"]
    file = tmp_path / "sql" / "chance.sql"
    file.write_text(RANDOM.replace("random()", "42"), encoding="utf-8")
    await slow.post("/api/reload")
    assert (await slow.get("/api/chance")).body["data"]["number"] == 42
    file.write_text(RANDOM, encoding="utf-8")
    await slow.post("/api/reload")
    assert (await slow.get("/api/chance")).body["data"] == before


async def test_a_client_that_has_it_gets_304(client: Client) -> None:
    """A strong ETag for each form, 304 for whoever has it, Cache-Control that makes clients ask."""
    etags = set()
    for form in ("json", "csv", "parquet"):
        path = f"{ASKED}&format={form}"
        reply = await client.get(path)
        etag = reply.headers["ETag"]
        etags.add(etag)
        assert not etag.startswith("W/")
        assert reply.headers["Cache-Control"] == "no-cache"
        for given in (etag, f'"x", W/{etag}', "*"):
            again = await client.get(path, headers={"If-None-Match": given})
            assert (again.status, again.body, again.headers["ETag"]) == (304, "", etag)
        assert (await client.get(path, headers={"If-None-Match": '"x"'})).status == 200
    assert len(etags) == 3


async def test_a_fresh_answer_is_not_for_caches(serve: Serve) -> None:
    """Who asks for it again wants another."""
    client = await serve(cache_max_age=60)
    replies = [await client.get(f"{ASKED}{fresh}") for fresh in ("", "&fresh=true")]
    assert [reply.headers["Cache-Control"] for reply in replies] == ["max-age=60", "no-cache"]


@pytest.mark.parametrize("max_age", [0, 60])
async def test_a_caching_client_is_served_from_its_cache(
    serve: Serve, caplog: pytest.LogCaptureFixture, max_age: int
) -> None:
    """A real HTTP cache asks again and is told 304, or with max_age does not even ask; nothing is mixed up."""
    caplog.set_level("INFO")
    client = await serve(cache_max_age=max_age)

    def fetch() -> None:
        with CacheControl(requests.Session()) as session:
            first, again = (session.get(client.base + ASKED, timeout=LIMIT) for _ in range(2))
            table = session.get(client.base + ASKED, headers={"Accept": "text/csv"}, timeout=LIMIT)
            other = session.get(client.base + ASKED.replace("best5", "worst5"), timeout=LIMIT)
        assert (again.content, table.text[:5], other.json() != first.json()) == (first.content, "state", True)

    await asyncio.to_thread(fetch)
    asked = [record.getMessage().split()[2] for record in caplog.records if record.getMessage().startswith("GET /api/")]
    assert asked == ["200", *([] if max_age else ["304"]), "200", "200"]


async def test_a_head_tells_without_a_body(client: Client) -> None:
    """HEAD has the headers of GET."""
    async with client.session.head(ASKED) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) > 100
        assert response.headers["Provenance-Statistic"] == "best5"


async def test_max_age_is_a_setting(serve: Serve) -> None:
    """An operator may let clients keep answers for a while."""
    client = await serve(cache_max_age=60)
    assert (await client.get(ASKED)).headers["Cache-Control"] == "max-age=60"
