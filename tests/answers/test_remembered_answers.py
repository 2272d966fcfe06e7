"""What is kept of answers: what is remembered, shared, and let go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from service.answers.answer import Answer
from service.formats.format_options import Options
from service.formats.registry import FORMATS, Format
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
RANDOM = """\
-- Another number each time.
-- $n integer(0..100) = 0: which
-- returns: row
select random() as number, $n as n
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Statistics that take as long as one likes, are as large as one likes, or are never twice the same."""
    return folder_of(tmp_path / "sql", slow=SLOW, chance=RANDOM, wide=WIDE)


@pytest.fixture
async def slow(serve: Serve, folder: Path) -> Client:
    client: Client = await serve(catalog_folder=folder)
    return client


@pytest.fixture
async def small(serve: Serve, folder: Path) -> Client:
    """A service with a little memory for answers."""
    client: Client = await serve(catalog_folder=folder, results_memory_bytes=1_000_000, jobs_keep_bytes=3_000_000)
    return client


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


async def test_without_a_cache_each_is_computed(serve: Serve, folder: Path) -> None:
    """With no memory for it nothing is remembered."""
    client = await serve(catalog_folder=folder, cache_bytes=0)
    assert (await client.get("/api/chance")).body != (await client.get("/api/chance")).body


async def test_the_cache_is_bounded(serve: Serve, folder: Path) -> None:
    """Those that were not asked for longest go first."""
    client = await serve(catalog_folder=folder, cache_bytes=20_000)
    first = (await client.get("/api/chance?n=0")).body
    assert (await client.get("/api/chance?n=0")).body == first
    for n in range(1, 21):
        await client.get(f"/api/chance?n={n}")
    assert (await client.get("/api/chance?n=0")).body != first


async def test_a_changed_file_is_computed_anew(slow: Client, folder: Path) -> None:
    """The SQL is part of what is remembered, so a reload needs to clear nothing."""
    before = (await slow.get("/api/chance")).body["data"]
    file = folder / "chance.sql"
    file.write_text(RANDOM.replace("random()", "42"), encoding="utf-8")
    await slow.post("/api/reload")
    assert (await slow.get("/api/chance")).body["data"]["number"] == 42
    file.write_text(RANDOM, encoding="utf-8")
    await slow.post("/api/reload")
    assert (await slow.get("/api/chance")).body["data"] == before


async def test_a_large_answer_drives_out_no_other(small: Client) -> None:
    """Few rows that are large go to the disk, as many rows do."""
    first = await small.start("wide", rows=10)
    await small.results(first)
    large = await small.start("wide", rows=3000, letters=3000)
    assert len((await small.results(large)).body["data"]) == 3000
    for suffix in ("csv", "html", "ndjson", "xlsx"):
        assert (await small.get(f"/api/results/{large}.{suffix}")).status == 200
    assert (await small.results(first)).status == 200


async def test_renderings_drive_out_no_job(serve: Serve, folder: Path) -> None:
    """The newest job stays, however long its renderings are."""
    client = await serve(catalog_folder=folder, jobs_keep_bytes=1000)
    job = await client.start("wide", rows=1000)
    for suffix in ("csv", "html", "json"):
        assert (await client.get(f"/api/results/{job}.{suffix}?wait=5")).status == 200


async def test_the_same_rendering_at_once_is_made_once(small: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is the same to the byte."""
    job = await small.start("wide", rows=500)
    await small.results(job)
    made: list[Answer] = []
    render = FORMATS["xlsx"].render

    def counting(answer: Answer, options: Options) -> Iterator[bytes]:
        made.append(answer)
        return render(answer, options)

    monkeypatch.setitem(cast("dict[str, Format]", FORMATS), "xlsx", FORMATS["xlsx"]._replace(render=counting))

    async def fetch() -> tuple[str, bytes]:
        async with small.session.get(f"/api/results/{job}.xlsx") as response:
            return response.headers["ETag"], await response.read()

    assert len(set(await asyncio.gather(*(fetch() for _ in range(8))))) == len(made) == 1


async def test_a_fresh_answer_is_not_undone(small: Client) -> None:
    """A rendering of an older answer, made later, does not bring the older one back."""
    job = await small.start("chance")
    old = (await small.results(job)).body["data"]["number"]
    new = (await small.get("/api/chance?fresh=true")).body["data"]["number"]
    await small.get(f"/api/results/{job}.csv")
    assert (await small.get("/api/chance")).body["data"]["number"] == new != old
