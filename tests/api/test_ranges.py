"""Range and If-Range: a part is of the same bytes as the whole, of whatever format, and of one job."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDictProxy

from service.api.ranges import OnDisk, respond
from service.formats.registry import FORMATS
from tests.client import Client
from tests.conftest import serving, settings_for
from tests.folders import folder_of
from tests.process import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANCE = """\
-- Another number each time.
-- chart: bars
select 'Ohio' as state, random() as number
"""
CSV = "/api/total_by_state.csv?question=Q036"


class Given(NamedTuple):
    """A response, read to its end."""

    status: int
    body: bytes
    headers: CIMultiDictProxy[str]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of a service that remembers no answers."""
    folder = tmp_path_factory.mktemp("ranges")
    total = (ROOT / "sql" / "total_by_state.sql").read_text(encoding="utf-8")
    catalog = folder_of(folder / "sql", chance=CHANCE, total_by_state=total)
    async with serving(settings_for(folder, dataset_csv=small_csv, catalog_folder=catalog, cache_bytes=0)) as client:
        yield client


async def send(client: Client, path: str, method: str = "GET", **headers: str) -> Given:
    """Header names with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.session.request(method, path, headers={"Accept-Encoding": "identity", **named}) as response:
        return Given(response.status, await response.read(), response.headers)


async def test_every_range_is_the_slice_of_the_whole(client: Client) -> None:
    """From a byte to a byte, to the end, or the last so many; also where they go beyond the end."""
    whole = (await send(client, CSV)).body
    length = len(whole)
    starts, stops = (0, 1, 7, length - 1), (0, 1, 8, length - 2, length - 1, length, 10**9)
    pairs = [(start, stop) for start, stop in itertools.product(starts, stops) if start <= stop]
    slices = {f"{start}-{stop}": whole[start : stop + 1] for start, stop in pairs}
    slices |= {f"{start}-": whole[start:] for start in starts}
    slices |= {f"-{count}": whole[max(0, length - count) :] for count in (1, 7, length - 1, length, length + 1, 10**9)}
    for range_, expected in slices.items():
        part = await send(client, CSV, Range=f"bytes={range_}")
        assert (part.status, part.body) == (206, expected), range_
        first, last = map(int, part.headers["Content-Range"].removesuffix(f"/{length}")[6:].split("-"))
        assert whole[first : last + 1] == expected
        assert part.headers["Content-Length"] == str(len(expected))


async def test_a_range_behind_the_end_is_refused(client: Client) -> None:
    """416, in JSON, with the length that there is."""
    length = len((await send(client, CSV)).body)
    for start in (length, length + 1, 10**18):
        given = await send(client, CSV, Range=f"bytes={start}-")
        assert (given.status, given.headers["Content-Range"]) == (416, f"bytes */{length}")
        body = json.loads(given.body)
        assert (body["status"], body["length"]) == ("error", length)
        assert body["reason"] == f"Range begins at byte {start}, but there are {length}; ask for less"


@pytest.mark.parametrize(
    "header",
    ["bytes=0-1,5-6", "bytes=0-1, -1", "bytes=5-6,0-1", "bytes=1-0", "bytes=", "bytes", "lines=0-1", "bytes=a-b",
     "bytes=-0", "bytes=0-1-2", f"bytes={'9' * 5000}-"],
)  # fmt: skip
async def test_what_is_not_one_range_gets_the_whole(client: Client, header: str) -> None:
    """Several ranges, other units, and what is no range at all."""
    whole = await send(client, CSV)
    given = await send(client, CSV, Range=header)
    assert (given.status, given.body) == (200, whole.body)
    assert given.headers["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in given.headers


async def test_a_head_tells_the_length_of_the_whole(client: Client) -> None:
    """Range is for GET alone."""
    whole = await send(client, CSV)
    for headers in ({}, {"Range": "bytes=0-1"}):
        given = await send(client, CSV, "HEAD", **headers)
        assert (given.status, given.headers["Content-Length"]) == (200, str(len(whole.body)))
        assert (given.headers["Accept-Ranges"], given.headers["ETag"]) == ("bytes", whole.headers["ETag"])


async def test_if_range_gives_a_part_of_the_same_bytes_only(client: Client) -> None:
    """Another ETag, a weak one and any date get the whole: no date tells two answers of one second apart."""
    whole = await send(client, CSV)
    etag = whole.headers["ETag"]
    part = await send(client, CSV, Range="bytes=1-2", If_Range=etag)
    assert (part.status, part.body, part.headers["ETag"]) == (206, whole.body[1:3], etag)
    for other in ('"x"', f"W/{etag}", f"w/{etag}", "*", "Fri, 27 Nov 2026 10:00:00 GMT", f'{etag}, "x"'):
        given = await send(client, CSV, Range="bytes=1-2", If_Range=other)
        assert (given.status, given.body) == (200, whole.body), other


async def test_a_part_is_never_of_a_coding(client: Client) -> None:
    """A request with Range gets the bytes themselves; the ETag of a coding gets the whole."""
    packed = await send(client, CSV, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    whole = (await send(client, CSV)).body
    part = await send(client, CSV, Accept_Encoding="gzip", Range="bytes=0-9")
    assert (part.status, part.body, "Content-Encoding" in part.headers) == (206, whole[:10], False)
    again = await send(client, CSV, Accept_Encoding="gzip", Range="bytes=0-9", If_Range=packed.headers["ETag"])
    assert (again.status, again.body, "Content-Encoding" in again.headers) == (200, whole, False)


async def test_other_preconditions_come_first(client: Client) -> None:
    """What a client has is not sent again in parts, and other bytes than those it wants are refused."""
    etag = (await send(client, CSV)).headers["ETag"]
    assert (await send(client, CSV, Range="bytes=0-1", If_None_Match=etag)).status == 304
    for wanted, status in ((etag, 206), ("*", 206), ('"x"', 412), (f"W/{etag}", 412)):
        assert (await send(client, CSV, Range="bytes=0-1", If_Match=wanted)).status == status, wanted


@pytest.mark.parametrize("fresh", ["", "&fresh=true"])
@pytest.mark.parametrize("format_", [*FORMATS])
async def test_a_reader_gets_one_job_and_the_same_bytes(client: Client, format_: str, fresh: str) -> None:
    """HEAD and all ranges, though nothing is remembered and the statistic never gives the same twice."""
    path = f"/api/chance?format={format_}&meta=true{fresh}"
    head = await send(client, path, "HEAD")
    length = int(head.headers["Content-Length"])
    parts = [await send(client, path, Range=f"bytes={start}-{start + 99}") for start in range(0, length, 100)]
    assert {part.status for part in parts} == {206}
    assert {part.headers["ETag"] for part in parts} == {head.headers["ETag"]}
    body = b"".join(part.body for part in parts)
    assert len(body) == length
    if not fresh:
        assert (await send(client, path)).body == body
    assert (await send(client, f"/api/chance?format={format_}&fresh=true")).headers["ETag"] != head.headers["ETag"]
    assert (await send(client, path, Range="bytes=0-99")).body == body[:100]


@pytest.mark.parametrize("fresh", ["", "&fresh=true"])
@pytest.mark.parametrize("picked", ["select=number", "number=gte.0", "order=number"])
async def test_a_reader_of_picked_rows_gets_one_job_too(client: Client, picked: str, fresh: str) -> None:
    """They are picked anew for each part, but of one answer."""
    path = f"/api/chance.csv?{picked}{fresh}"
    head = await send(client, path, "HEAD")
    parts = [await send(client, path, Range=f"bytes={start}-{start + 4}") for start in (0, 5, 10)]
    assert {part.headers["ETag"] for part in parts} == {head.headers["ETag"]}
    assert (await send(client, path, Range="bytes=0-14")).body == b"".join(part.body for part in parts)


@pytest.mark.parametrize("format_", [*FORMATS])
async def test_results_of_a_job_have_ranges_too(client: Client, format_: str) -> None:
    """The same bytes in parts as at once."""
    job_id = await client.start("chance")
    assert await client.ended(job_id) == "done"
    path = f"/api/results/{job_id}.{format_}"
    whole = (await send(client, path)).body
    half = len(whole) // 2
    parts = [await send(client, path, Range=range_) for range_ in (f"bytes={half}-", f"bytes=0-{half - 1}")]
    assert b"".join(part.body for part in reversed(parts)) == whole


async def test_a_page_of_an_answer_has_ranges(client: Client) -> None:
    """A page is a whole rendering of its rows."""
    whole = await send(client, f"{CSV}&limit=5&offset=2")
    part = await send(client, f"{CSV}&limit=5&offset=2", Range="bytes=10-")
    assert (part.status, part.body, part.headers["Total-Rows"]) == (206, whole.body[10:], whole.headers["Total-Rows"])


async def test_a_new_answer_is_given_whole(client: Client) -> None:
    """After a reload the rest of a file is not the rest of that file: If-Range gets the new one."""
    path = "/api/chance.csv"
    old = await send(client, path, "HEAD")
    file = client.service.settings.path(client.service.settings.catalog.folder) / "chance.sql"
    file.write_text(CHANCE.replace("'Ohio'", "'Iowa'"), encoding="utf-8")
    assert (await client.post("/api/reload")).body["data"]["changed"] == ["chance"]
    new = await send(client, path, Range="bytes=3-", If_Range=old.headers["ETag"])
    assert (new.status, new.body[:12]) == (200, b"state,number")
    assert new.headers["ETag"] != old.headers["ETag"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(bytes(range(256)) * 4000)
    return path


async def test_a_file_is_given_like_bytes(file: Path) -> None:
    """Whole and in parts, with its date, which If-Range may name as well."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return await respond(request, OnDisk.of(file), "version-1", {"X": "1"}, {"Content-Type": "text/csv"})

    app = web.Application()
    app.router.add_get("/", handler)
    whole = file.read_bytes()
    async with TestClient(TestServer(app)) as session:
        for range_, part in (("bytes=5-500000", whole[5:500001]), ("bytes=-7", whole[-7:]), ("bytes=0-1,3-4", whole)):
            async with session.get("/", headers={"Range": range_}) as response:
                assert (response.status, await response.read()) == (206 if part != whole else 200, part)
                assert response.headers["Content-Length"] == str(len(part))
                date = response.headers["Last-Modified"]
        for named, same in (
            (date, True),
            ("Fri, 27 Nov 2020 10:00:00 GMT", False),
            ('"version-1"', True),
            ('"2"', False),
        ):
            async with session.get("/", headers={"Range": "bytes=9-", "If-Range": named}) as response:
                assert (response.status, await response.read()) == ((206, whole[9:]) if same else (200, whole))
        async with session.head("/") as response:
            assert (response.status, response.headers["Content-Length"]) == (200, str(len(whole)))
        async with session.get("/", headers={"If-None-Match": '"version-1"'}) as response:
            assert (response.status, response.headers["X"]) == (304, "1")
