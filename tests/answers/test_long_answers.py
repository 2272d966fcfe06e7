"""Answers of any length: streamed from the disk, in bounded memory, never silently cut."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import psutil
import pyarrow as pa
import pytest

from service.compression import CODINGS
from service.engine.result import Result
from service.errors import NotFound
from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.process import Process, Start
from tests.waiting import until

pytestmark = pytest.mark.long

LONG = """\
-- As many rows as one likes.
-- $rows integer(1..1000000000) = 1000: how many
select range as id, range / 7 as value, 'row ' || (range % 1000) as name from range($rows::bigint)
"""


NESTED = """\
-- The same, by id.
-- $rows integer(1..1000000000) = 1000: how many
-- returns: {id: value}
select range as id, range / 7 as value from range($rows::bigint)
"""


LATE = """\
-- It fails at a row.
-- $at integer(0..100000000) = 10: which
-- $rows integer(0..100000000) = 10: how many
select cast(if(range = $at, 'no number', '1') as integer) as one from range($rows::bigint)
"""
ENDLESS = """\
-- It takes longer than it may.
-- $rows integer(0..1000000000) = 10: how many
-- time limit: 0.5 s
select range as id, range / 7 as value from range($rows::bigint)
"""


def write(folder: Path) -> Path:
    return folder_of(folder, long=LONG, nested=NESTED, late=LATE, endless=ENDLESS)


@pytest.fixture
async def long(serve: Serve, tmp_path: Path) -> Client:
    """A service that keeps answers of up to 500 rows in memory."""
    client: Client = await serve(catalog_folder=write(tmp_path / "sql"), results_memory_rows=500)
    return client


@pytest.mark.parametrize("rows", [499, 500, 501, 120_000])
async def test_short_and_long_are_the_same(long: Client, rows: int) -> None:
    """The answer does not depend on where its rows are kept, in any format."""
    path = f"/api/long?rows={rows}"
    records = (await long.get(path)).body["data"]
    assert [row["id"] for row in records] == list(range(rows))
    text = await (await long.session.get(f"{path}&format=csv")).text()
    assert [int(row["id"]) for row in csv.DictReader(io.StringIO(text))] == list(range(rows))
    lines = await (await long.session.get(f"{path}&format=ndjson")).text()
    assert [json.loads(line) for line in lines.splitlines()] == records
    table = pa.ipc.open_stream(await (await long.session.get(f"{path}&format=arrow")).read()).read_all()
    assert table.to_pylist() == records
    page = (await long.get(f"{path}&limit=3&offset={rows - 2}")).body
    assert (page["data"], page["page"]["total"]) == (records[-2:], rows)


async def test_a_long_answer_in_a_nested_shape_is_refused(long: Client) -> None:
    """An error that says what to do; pages and tables of it are there."""
    reply = await long.get("/api/nested")
    assert (reply.status, reply.body["status"]) == (400, "error")
    assert "nested gave 1000 rows, too many for its JSON shape; ask for a page" in reply.body["reason"]
    assert (await long.get("/api/nested?limit=2")).body["data"] == {"0": 0.0, "1": 1 / 7}
    assert (await long.get("/api/nested.csv")).status == 200


async def test_an_answer_larger_than_the_disk_is_an_error(serve: Serve, tmp_path: Path) -> None:
    """The job says which setting; nothing is left on the disk."""
    client = await serve(catalog_folder=write(tmp_path / "sql"), results_memory_rows=500, results_disk_bytes=100_000)
    reply = await client.get("/api/long.csv?rows=1000000")
    assert (reply.status, "disk_bytes" in reply.body["reason"]) == (400, True)
    assert list((tmp_path / "var" / "results").glob("[!.]*")) == []


async def test_files_go_with_their_jobs(serve: Serve, tmp_path: Path) -> None:
    """The folder holds what the kept jobs need and no more."""
    client = await serve(catalog_folder=write(tmp_path / "sql"), results_memory_rows=500, results_disk_bytes=300_000)
    for rows in range(2000, 2040):
        assert (await client.get(f"/api/long.csv?rows={rows}")).status == 200
    files = list((tmp_path / "var" / "results").glob("[!.]*"))
    assert 1 <= len(files) < 10
    assert sum(file.stat().st_size for file in files) <= 400_000


async def test_a_long_answer_is_computed_once(long: Client) -> None:
    """Asked for again it is the same answer, 304 to a client that has it; `fresh` computes another."""

    async def fetch(query: str = "", **headers: str) -> tuple[int, str]:
        async with long.session.get(f"/api/long.csv?rows=1000{query}", headers=headers) as response:
            await response.read()
            assert response.headers["X-Request-ID"]
            return response.status, response.headers["ETag"]

    status, etag = await fetch()
    assert (status, await fetch(**{"If-None-Match": etag})) == (200, (304, etag))
    assert len((await long.get("/api/jobs")).body["data"]) == 1
    assert (await fetch("&fresh=true"))[1] != etag


async def test_a_removed_file_is_made_again(long: Client, tmp_path: Path) -> None:
    """Results whose file was taken from the disk are 410; a new request gets an answer."""
    job = await long.start("long", rows=1000)
    await long.results(job)
    for file in (tmp_path / "var" / "results").glob("*.arrow"):
        file.unlink()
    reply = await long.get(f"/api/results/{job}.csv")
    assert (reply.status, "removed from the disk" in reply.body["reason"]) == (410, True)
    text = await (await long.session.get("/api/long.csv?rows=1000")).text()
    assert text.count("\n") == 1001


async def test_a_reader_that_leaves_stops_the_stream(long: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The rest is not made; the service goes on."""
    caplog.set_level("INFO")
    response = await long.session.get("/api/long.csv?rows=3000000&wait=60")
    await response.content.read(1000)
    response.close()
    await until(lambda: "/api/long.csv?rows=3000000&wait=60: its client went away" in caplog.text)
    assert (await long.get("/api/long?rows=3")).status == 200


async def test_a_workbook_that_nobody_waits_for_is_given_up(long: Client, tmp_path: Path) -> None:
    """It is made step by step, and what was begun on the disk is removed."""
    job = await long.start("long", rows=1_000_000)
    await long.ended(job)
    folder = tmp_path / "var" / "results"
    asked = asyncio.ensure_future(long.get(f"/api/results/{job}.xlsx"))
    await until(lambda: len(list(folder.glob("[!.]*"))) == 2)
    begun = time.process_time()
    asked.cancel()
    await until(lambda: len(list(folder.glob("[!.]*"))) == 1)
    assert time.process_time() - begun < 5  # the whole takes three times as much


def peak(service: Process) -> float:
    status = Path(f"/proc/{psutil.Process(service.pid).pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


@pytest.mark.parametrize("rows", [1_000_000, pytest.param(5_000_000, marks=pytest.mark.slow)])
def test_millions_of_rows_take_little_memory(start: Start, tmp_path: Path, rows: int) -> None:
    """CSV, NDJSON and Arrow of them stream with the process under 400 MB."""
    write(tmp_path / "sql")
    service = start()
    service.ready()
    for suffix in ("csv", "arrow", "ndjson"):
        size = service.count(f"/api/long.{suffix}?rows={rows}&wait=60")
        assert size > 20 * rows
    assert peak(service) < 400


@pytest.mark.slow
def test_many_readers_take_little_memory(start: Start, tmp_path: Path) -> None:
    """Nor do six at once, whatever the coding of their streams."""
    write(tmp_path / "sql")
    service = start()
    service.ready()
    with ThreadPoolExecutor() as clients:
        asked = [(f"/api/long.csv?rows=100000{number}&wait=60", coding) for coding in CODINGS for number in (0, 1)]
        sizes = list(clients.map(lambda each: service.count(each[0], **{"Accept-Encoding": each[1]}), asked))
    assert min(sizes) > 1_000_000
    assert peak(service) < 400


async def test_a_long_answer_that_fails_says_why(long: Client) -> None:
    """As a short one does: the fault of a row that comes late, and the time limit."""
    for at, rows in ((5, 10), (900_000, 1_000_000)):
        reply = await long.get(f"/api/late.csv?at={at}&rows={rows}")
        assert reply.status == 400
        assert "late cannot be computed with these arguments: Conversion Error" in reply.body["reason"]
    reply = await long.get("/api/endless.csv?rows=1000000000")
    assert reply.status == 504
    assert "endless took longer than 0.5 s" in reply.body["reason"]


async def test_a_stream_that_breaks_is_no_answer(long: Client, tmp_path: Path) -> None:
    """Its connection is broken, so that half of the rows never pass for all."""
    job = await long.start("long", rows=1_000_000)
    await long.ended(job)
    response = await long.session.get(f"/api/results/{job}.csv")
    await response.content.read(1)
    [file] = (tmp_path / "var" / "results").glob("*.arrow")
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(aiohttp.ClientError):
        await response.read()
    assert (await long.get(f"/api/results/{job}.csv")).status == 410


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwrite(file: Path) -> None:
    """A few bytes in the middle, which are numbers still."""
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        opened.write(b"damage")


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, overwrite, empty])
async def test_a_damaged_file_is_made_again(long: Client, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Its job's results are 410 in every format and in parts, never other rows; asked again it is computed anew."""
    job = await long.start("long", rows=1000)
    before = (await long.results(job)).body["data"]
    [file] = (tmp_path / "var" / "results").glob("*.arrow")
    damage(file)
    for query in (".json", ".csv", ".parquet", ".xlsx", ".csv?select=id", ".json?limit=5"):
        reply = await long.get(f"/api/results/{job}{query}")
        assert (reply.status, "removed from the disk, or are damaged" in reply.body["reason"]) == (410, True), query
    assert (await long.get(f"/api/results/{job}.csv", headers={"Range": "bytes=0-9"})).status == 410
    assert (await long.get("/api/long?rows=1000")).body["data"] == before


def test_damage_that_only_the_content_shows_is_found(long_file: Path) -> None:
    """As after a restart, when nothing tells how the file was written: cut short, garbage, or of fewer rows."""
    whole = long_file.read_bytes()
    written = Result.from_file(long_file, 3)
    assert written.rows() == [(1,), (2,), (3,)]
    more = Result.from_file(long_file, 4)
    with pytest.raises(NotFound, match="or are damaged") as refused:
        more.rows()
    assert (refused.value.status, more.is_there) == (410, False)
    for content in (whole[:-8], b"", b"x" * 100):
        long_file.write_bytes(content)
        with pytest.raises((OSError, pa.ArrowInvalid)):
            Result.from_file(long_file, 3)


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """As a spool writes it."""
    file = tmp_path / "three.arrow"
    table = pa.table({"number": [1, 2, 3]})
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return file


async def test_a_folder_that_has_gone_is_made_again(long: Client, tmp_path: Path) -> None:
    """For rows, and for a format that is read in parts."""
    asked = "/api/long.csv?rows=1000"
    part = {"Range": "bytes=0-1"}
    for _ in range(2):
        assert (await long.get(asked, headers=part)).body == "id"
        shutil.rmtree(tmp_path / "var" / "results")
