"""Long answers read in parts: made whole into a file first, the same bytes as the stream, and removed again."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from service.engine.spool import PREFIX
from service.errors import BadRequest
from service.formats.registry import FORMATS
from service.formats.rendering_file import write
from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of

pytestmark = pytest.mark.long

LONG = """\
-- As many rows as one likes, with a number that is never twice the same.
-- $rows integer(1..1000000) = 3000: how many
select range as id, random() as chance from range($rows::bigint)
"""
LATE = """\
-- It is longer as text than as a number.
-- $rows integer(1..1000000) = 3000: how many
select 1000000000000000 + range as id from range($rows::bigint)
"""
IN_PARTS = [name for name, each in FORMATS.items() if not each.picture]


@pytest.fixture
async def long(serve: Serve, tmp_path: Path) -> Client:
    """A service where 100 rows are long, and no answer is remembered but for those of kept jobs."""
    catalog = folder_of(tmp_path / "sql", long=LONG, late=LATE)
    client: Client = await serve(
        catalog_folder=catalog, results_memory_rows=100, results_disk_bytes=150_000, cache_bytes=0
    )
    return client


async def send(client: Client, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, str, str | None]:
    """Status, body, ETag and length."""
    async with client.session.request(method, path, headers={"Accept-Encoding": "identity", **headers}) as response:
        length = response.headers.get("Content-Length")
        return response.status, await response.read(), response.headers.get("ETag", ""), length


@pytest.mark.parametrize("fresh", ["", "&fresh=true"])
@pytest.mark.parametrize("format_", IN_PARTS)
async def test_parts_are_of_the_bytes_of_the_stream(long: Client, tmp_path: Path, format_: str, fresh: str) -> None:
    """HEAD tells the length; all are of one job, and of one file that is made once."""
    path = f"/api/long?rows=2000&format={format_}{fresh}"
    status, _, etag, length = await send(long, path, "HEAD")
    assert status == 200
    size = int(length or 0)
    parts = [await send(long, path, Range=f"bytes={start}-{start + 9999}") for start in range(0, size, 10_000)]
    assert {part[0] for part in parts} == {206}
    assert {part[2] for part in parts} == {etag}
    assert len(list((tmp_path / "var" / "results").glob(f"{PREFIX}*"))) == 1
    [job] = (await long.get("/api/jobs")).body["data"]
    streamed = await send(long, f"/api/results/{job['job_id']}.{format_}")
    assert (streamed[1], streamed[2]) == (b"".join(part[1] for part in parts), etag)


async def test_what_is_asked_for_at_once_is_made_once(long: Client, tmp_path: Path) -> None:
    """Readers that come together wait for one file."""
    job = await long.start("long", rows=2000)
    await long.ended(job)
    path = f"/api/results/{job}.csv"
    parts = await asyncio.gather(*(send(long, path, Range=f"bytes={n}-{n}") for n in range(20)))
    assert b"".join(part[1] for part in parts) == (await send(long, path))[1][:20]
    assert len(list((tmp_path / "var" / "results").glob(f"{PREFIX}*"))) == 1


async def test_a_coded_head_and_stream_stay_as_they_are(long: Client) -> None:
    """The bytes of a coding are made while they are sent; their ETag gets the whole."""
    path = "/api/long.csv?rows=2000"
    async with long.session.head(path, headers={"Accept-Encoding": "gzip"}) as response:
        assert (response.status, response.headers.get("Content-Length")) == (200, None)
        etag = response.headers["ETag"]
    status, body, _, _ = await send(long, path, Range="bytes=0-1", **{"If-Range": etag})
    assert (status, body.count(b"\n")) == (200, 2001)


async def test_what_is_too_long_for_the_disk_is_refused(long: Client, tmp_path: Path) -> None:
    """With what to do instead; nothing is left behind, and the stream has it all."""
    path = "/api/late.records?rows=7000"
    status, body, _, _ = await send(long, path, Range="bytes=0-1")
    assert (status, json.loads(body)["reason"]) == (
        400,
        "in this format the answer is longer than [results] disk_bytes allows; ask without Range, or for less",
    )
    assert list((tmp_path / "var" / "results").glob(f"{PREFIX}*")) == []
    assert len(json.loads((await send(long, path))[1])["data"]) == 7000


async def test_polars_scans_a_long_answer(long: Client) -> None:
    """Parquet and CSV, the columns and rows that it wants."""
    base = f"{long.base}/api/long"
    parquet = await asyncio.to_thread(
        lambda: pl.scan_parquet(f"{base}.parquet?rows=2000").filter(pl.col("id") > 1500).select("id").collect()
    )
    assert parquet["id"].to_list() == [*range(1501, 2000)]
    csv = await asyncio.to_thread(lambda: pl.scan_csv(f"{base}.csv?rows=2000").collect())
    assert csv["id"].to_list() == [*range(2000)]


async def test_a_file_goes_with_its_last_reader(tmp_path: Path) -> None:
    """Also where making it fails midway."""

    def pieces() -> Iterator[bytes]:
        yield b"abc"
        yield b"def"

    file = await write(tmp_path, 6, pieces())
    assert (file.path.read_bytes(), file.bytes, file.is_there) == (b"abcdef", 6, True)
    del file
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadRequest, match="disk_bytes"):
        await write(tmp_path, 5, pieces())
    assert list(tmp_path.iterdir()) == []
