"""Programs that read an answer from its address, in parts as they like: polars, pyarrow, curl."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import requests

from service.runtime.editions import Editions
from tests.client import Client
from tests.conftest import Serve, serving, settings_for
from tests.folders import folder_of
from tests.formats.fetch import records
from tests.waiting import LIMIT

PLAIN = {"Accept-Encoding": "identity"}
CANNOT_RESUME = 33
"""What curl ends with when it gets the whole and not the rest."""
SOME = """\
-- Some rows.
select range as id from range({rows})
"""
ASKED = "question=Q036"
NAME = "/api/total_by_state"
POLARS: dict[str, Callable[[str], pl.DataFrame]] = {
    "read_csv": lambda base: pl.read_csv(f"{base}{NAME}.csv?{ASKED}"),
    "scan_csv": lambda base: pl.scan_csv(f"{base}{NAME}.csv?{ASKED}").collect(),
    "read_parquet": lambda base: pl.read_parquet(f"{base}{NAME}.parquet?{ASKED}"),
    "scan_parquet": lambda base: pl.scan_parquet(f"{base}{NAME}.parquet?{ASKED}").collect(),
    "scan_parquet fresh": lambda base: pl.scan_parquet(f"{base}{NAME}.parquet?{ASKED}&fresh=true").collect(),
}


@pytest.mark.parametrize("read", POLARS.values(), ids=[*POLARS])
async def test_polars_reads_an_answer(editions: Editions, tmp_path: Path, read: Callable[[str], pl.DataFrame]) -> None:
    """Rows and columns as in JSON, by one job, with no room to remember answers."""
    settings = settings_for(tmp_path, workers_threads=2, cache_bytes=0)
    async with serving(settings, editions) as client:
        frame = await asyncio.to_thread(read, client.base)
        jobs = (await client.get("/api/jobs")).body["data"]
        rows = await records(client, f"{NAME}?{ASKED}")
    assert frame.to_dicts() == rows
    assert len(jobs) == 1


class Remote(io.RawIOBase):
    """A file that is read over HTTP by ranges, as fsspec does it."""

    def __init__(self, url: str) -> None:
        self.url, self.at, self.parts = url, 0, 0
        self.size = int(self._ask("HEAD").headers["Content-Length"])

    def _ask(self, method: str, **headers: str) -> requests.Response:
        return requests.request(method, self.url, headers=PLAIN | headers, timeout=LIMIT)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def read(self, size: int = -1) -> bytes:
        stop = self.size if size < 0 else min(self.at + size, self.size)
        if self.at >= stop:
            return b""
        response = self._ask("GET", Range=f"bytes={self.at}-{stop - 1}")
        assert response.status_code == 206
        self.at, self.parts = stop, self.parts + 1
        return response.content


async def test_pyarrow_reads_an_answer_in_parts(client: Client) -> None:
    """The end of a Parquet file first, then the columns that are wanted; a CSV from its beginning."""

    def read() -> tuple[pa.Table, int, pa.Table]:
        parquet, csv = (Remote(f"{client.base}{NAME}.{suffix}?{ASKED}") for suffix in ("parquet", "csv"))
        return pq.read_table(parquet, columns=["state"]), parquet.parts, pyarrow.csv.read_csv(csv)

    states, parts, table = await asyncio.to_thread(read)
    rows = await records(client, f"{NAME}?{ASKED}")
    assert parts > 1
    assert states.to_pylist() == [{"state": row["state"]} for row in rows]
    assert table.num_rows == len(rows)


async def curl(*arguments: str) -> int:
    """Its exit code."""
    process = await asyncio.create_subprocess_exec("curl", "-s", "--fail", *arguments)
    return await process.wait()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt-get install curl")
async def test_curl_goes_on_with_what_it_has(serve: Serve, tmp_path: Path) -> None:
    """`-C -` fetches the rest; after a reload, with If-Range, nothing is put behind what was of another file."""
    folder, got = folder_of(tmp_path / "sql", ids=SOME.format(rows=1000)), tmp_path / "ids.csv"
    client: Client = await serve(catalog_folder=folder)
    url = f"{client.base}/api/ids.csv"
    assert await curl(url, "-o", str(got)) == 0
    whole, etag = got.read_bytes(), (await client.get("/api/ids.csv", headers=PLAIN)).headers["ETag"]
    for kept in (1, 10, len(whole) - 1):
        got.write_bytes(whole[:kept])
        assert await curl(url, "-C", "-", "-o", str(got), "-H", f"If-Range: {etag}") == 0
        assert got.read_bytes() == whole
    folder_of(folder, ids=SOME.format(rows=2000))
    assert (await client.post("/api/reload")).status == 200
    got.write_bytes(whole[:10])
    headers = tmp_path / "headers"
    assert await curl(url, "-C", "-", "-o", str(got), "-H", f"If-Range: {etag}", "-D", str(headers)) == CANNOT_RESUME
    assert (headers.read_text().split()[1], got.read_bytes()) == ("200", whole[:10])
