"""Every form of an answer, read back by its real reader and equal to the JSON."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from service.formats import FORMATS
from tests.client import Client
from tests.conftest import Serve

ALL_TYPES = """\
-- A row for each kind of value, and one where all are missing.
-- $word text = "quo\\"te, and |pipe|": a text
select
    1::bigint as whole,
    2.5::double as number,
    1.25::decimal(9, 2) as exact,
    true as truth,
    date '2021-12-31' as day,
    timestamp '2021-12-31 23:59:58' as moment,
    $word as word,
    '' as empty_text,
    [1, 2] as several,
    'nan'::double as odd
union all
select null, null, null, null, null, null, null, null, null, null
"""
FIRST = {
    "whole": 1, "number": 2.5, "exact": 1.25, "truth": True, "day": "2021-12-31", "moment": "2021-12-31T23:59:58",
    "word": 'quo"te, and |pipe|', "empty_text": "", "several": [1, 2], "odd": None,
}  # fmt: skip
TABULAR = {"trend": "question=Q036", "compare_states": "question=Q036&states=OH&states=NY", "coverage": "question=Q018"}


@pytest.fixture
async def typed(serve: Serve, tmp_path: Path) -> Client:
    """A service with one statistic that has every type."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "typed.sql").write_text(ALL_TYPES, encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    return client


async def fetch(client: Client, path: str, **headers: str) -> bytes:
    plain = {"Accept-Encoding": "identity"}
    async with client.session.get(path, headers=plain | headers) as response:
        body = await response.read()
        assert response.status == 200, body
        return body


async def records(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(await fetch(client, f"{path}&format=records"))["data"]
    return found


def as_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def equal(found: pd.DataFrame, expected: list[dict[str, Any]]) -> bool:
    """Whether a reader's table holds the rows, to the 15 digits that Excel keeps; a list is JSON there."""
    texts = [{name: as_json(v) if isinstance(v, list) else v for name, v in row.items()} for row in expected]
    wanted = pd.DataFrame(texts).convert_dtypes()
    pd.testing.assert_frame_equal(found.convert_dtypes(), wanted, check_dtype=False, rtol=1e-15)
    return True


@pytest.mark.parametrize(("name", "query"), TABULAR.items())
async def test_tables_equal_the_json(client: Client, name: str, query: str) -> None:
    """CSV, NDJSON, Parquet, Arrow, XLSX and HTML hold the same rows as the JSON records."""
    path = f"/api/{name}?{query}"
    expected = await records(client, path)
    as_written: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
    assert equal(pd.read_csv(io.BytesIO(await fetch(client, f"{path}&format=csv")), **as_written), expected)
    assert equal(pd.read_excel(io.BytesIO(await fetch(client, f"{path}&format=xlsx")), **as_written), expected)
    page = (await fetch(client, f"{path}&format=html")).decode()
    assert equal(pd.read_html(io.StringIO(page), **as_written)[0], expected)
    lines = (await fetch(client, f"{path}&format=ndjson")).splitlines()
    assert [json.loads(line) for line in lines] == expected
    parquet = pq.read_table(io.BytesIO(await fetch(client, f"{path}&format=parquet")))
    assert parquet.to_pylist() == expected
    assert pa.ipc.open_stream(await fetch(client, f"{path}&format=arrow")).read_all().to_pylist() == expected


async def test_every_type_is_kept(typed: Client) -> None:
    """Numbers, decimals, truths, days, texts, lists and missing values come through each form."""
    first, second = await records(typed, "/api/typed?")
    assert first == FIRST
    assert set(second.values()) == {None}
    table = pq.read_table(io.BytesIO(await fetch(typed, "/api/typed.parquet")))
    kinds = dict(zip(table.schema.names, map(str, table.schema.types), strict=True))
    assert kinds | {"several": None} == {
        "whole": "int64", "number": "double", "exact": "decimal128(9, 2)", "truth": "bool", "day": "date32[day]",
        "moment": "timestamp[us]", "word": "string", "empty_text": "string", "several": None, "odd": "double",
    }  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(await fetch(typed, "/api/typed.xlsx")))["data"]
    values = [cell.value for cell in sheet[2]]
    assert values[:4] == [1, 2.5, 1.25, True]
    assert (sheet["E2"].is_date, str(values[4])[:10], values[6]) == (True, "2021-12-31", FIRST["word"])
    assert (values[-1], sheet.freeze_panes) == (None, "A2")


async def test_csv_is_rfc_4180(typed: Client) -> None:
    """Lines end with CRLF, quotes are doubled, a missing value differs from an empty text; BOM on request."""
    body = await fetch(typed, "/api/typed.csv")
    read = dict(zip(*list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))[:2], strict=True))
    assert (read["word"], read["truth"], read["day"]) == (FIRST["word"], "true", "2021-12-31")
    assert body.count(b"\r\n") == body.count(b"\n") == 3
    assert b'"quo""te, and |pipe|","",' in body
    assert body.endswith(b"\r\n,,,,,,,,,\r\n")
    assert await fetch(typed, "/api/typed.csv?bom=true") == b"\xef\xbb\xbf" + body


async def test_markdown_escapes_its_bars(typed: Client) -> None:
    """A bar in a text does not end its cell; numbers stand at the right."""
    head, rule, row, _ = (await fetch(typed, "/api/typed.md")).decode().splitlines()
    assert head.startswith("| whole | number |")
    assert rule.startswith("| ---: | ---: | ---: | --- |")
    assert 'quo"te, and \\|pipe\\|' in row


async def test_html_shows_text_as_text(typed: Client) -> None:
    """What stands in the data cannot become markup."""
    body = await fetch(typed, "/api/typed.html?word=%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script" not in body
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in body


async def test_a_formula_stays_a_text_in_excel(typed: Client) -> None:
    """A text that begins with = is not computed."""
    book = openpyxl.load_workbook(io.BytesIO(await fetch(typed, "/api/typed.xlsx?word==1%2B1")))
    assert (book["data"]["G2"].data_type, book["data"]["G2"].value) == ("s", "=1+1")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json;q=0.5, text/markdown", "text/markdown"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
    ],
)
async def test_accept_chooses_the_form(client: Client, accept: str, content_type: str) -> None:
    """The best of what the client accepts, JSON where it does not matter."""
    async with client.session.get("/api/best5?question=Q036", headers={"Accept": accept}) as response:
        assert (response.status, response.content_type) == (200, content_type)
        assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "accept", "status", "reason"),
    [
        ("best5?question=Q036", "image/gif", 406, "no format is of the kind that Accept names"),
        ("best5.cvs?question=Q036", "*/*", 400, "did you mean 'csv'"),
        ("best5?question=Q036&format=exel", "*/*", 400, "there is no format 'exel'"),
        ("best5.csv?question=Q036&format=json", "*/*", 400, "leave one out"),
        ("best5?question=Q036&limit=0", "*/*", 400, "limit must be a whole number from 1"),
        ("best5?question=Q036&offset=-1", "*/*", 400, "offset must be a whole number from 0"),
        ("best5?question=Q036&meta=maybe", "*/*", 400, "meta must be true or false"),
        ("best5?question=Q036&wait=soon", "*/*", 400, "wait must be a number of seconds"),
        ("best5?question=Q036&question=Q037", "*/*", 400, "question is given 2 times"),
        ("best5?qestion=Q036", "*/*", 400, "did you mean 'question'"),
        ("bets5?question=Q036", "*/*", 404, "did you mean 'best5'"),
        ("best5?question=Q036&since=then", "*/*", 400, "since: 'then' is not a whole number"),
    ],
)
async def test_a_wrong_wish_is_explained(client: Client, path: str, accept: str, status: int, reason: str) -> None:
    """Every error is JSON and says what to do."""
    reply = await client.get(f"/api/{path}", headers={"Accept": accept})
    assert (reply.status, reply.body["status"]) == (status, "error")
    assert reason in reply.body["reason"]


async def test_provenance_is_in_every_form(client: Client) -> None:
    """Headers for all, `meta` in JSON, the schema's metadata in Parquet and Arrow, a sheet in Excel."""
    path = "/api/state_mean?question=Q036&state=OH"
    reply = await client.get(f"{path}&meta=true")
    meta = reply.body["meta"]
    assert meta["arguments"] == {
        "question": "Percent of adults aged 18 years and older who have obesity",
        "state": "Ohio", "since": 2011, "until": 2100,
    }  # fmt: skip
    dataset = (await client.get("/api/dataset")).body["data"]
    statistic = (await client.get("/api/statistics/state_mean")).body["data"]
    assert (meta["dataset"], meta["source"], meta["sample"]) == (dataset["version"], dataset["source"], False)
    assert (meta["statistic"], meta["sql"], meta["years"]) == ("state_mean", statistic["hash"], dataset["years"])
    for name in FORMATS:
        async with client.session.get(f"{path}&format={name}") as response:
            assert response.headers["Provenance-Dataset"] == meta["dataset"]
            assert response.headers["Provenance-Computed-At"] == meta["computed_at"]
            assert json.loads(response.headers["Provenance-Arguments"]) == meta["arguments"]
    for schema in (
        pq.read_schema(io.BytesIO(await fetch(client, f"{path}&format=parquet"))),
        pa.ipc.open_stream(await fetch(client, f"{path}&format=arrow")).schema,
    ):
        assert {name: json.loads(schema.metadata[f"provenance.{name}".encode()]) for name in meta} == meta
    sheet = openpyxl.load_workbook(io.BytesIO(await fetch(client, f"{path}&format=xlsx")))["provenance"]
    assert ("dataset", meta["dataset"]) in list(sheet.iter_rows(values_only=True))


async def test_downloads_have_sensible_names(client: Client) -> None:
    """The statistic and its short arguments, in plain letters."""
    reply = await client.get("/api/state_trend.csv?question=Q036&state=District+of+Columbia")
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="state_trend_Percent-of-adults')
    assert reply.headers["Content-Disposition"].endswith('.csv"')
    assert "Content-Disposition" not in (await client.get("/api/best5?question=Q036")).headers


async def test_pages_name_their_total_and_neighbours(client: Client) -> None:
    """Following `next` gives every row once, in order."""
    whole = (await client.get("/api/total_by_state?question=Q036")).body["data"]
    seen, path = [], "/api/total_by_state?question=Q036&limit=7"
    while path:
        reply = await client.get(path)
        page = reply.body["page"]
        assert (page["total"], int(reply.headers["Total-Rows"])) == (len(whole), len(whole))
        assert (page["next"] is None) == ('rel="next"' not in reply.headers.get("Link", ""))
        seen += reply.body["data"]
        path = page["next"]
    assert seen == whole
    last = (await client.get("/api/total_by_state?question=Q036&limit=2&offset=1000")).body
    assert (last["data"], last["page"]["next"]) == ([], None)


@pytest.mark.parametrize(
    ("path", "empty"),
    [("global_mean?question=Q036", None), ("states_mean?question=Q036", {}), ("trend?question=Q036", {})],
)
async def test_a_page_behind_the_end_is_empty(client: Client, path: str, empty: Any) -> None:
    """In every shape, and with the total."""
    reply = await client.get(f"/api/{path}&offset=99")
    assert (reply.status, reply.body["data"], reply.body["page"]["next"]) == (200, empty, None)


async def test_a_row_limit_is_an_error_or_a_page(serve: Serve) -> None:
    """Never a cut without a word: an error that names the limit, or a page when one is asked for."""
    client = await serve(results_max_rows=5)
    reply = await client.get("/api/trend.csv?question=Q036")
    assert (reply.status, reply.body["max_rows"]) == (400, 5)
    assert "limit=5&offset=0" in reply.body["reason"]
    assert (await client.get("/api/trend?question=Q036&limit=6")).status == 400
    assert len((await client.get("/api/trend?question=Q036&limit=5")).body["data"]) == 5
    assert (await client.get("/api/best5?question=Q036")).status == 200


@pytest.mark.parametrize(
    ("accepted", "coding", "decode"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br", "br", brotli.decompress),
        ("gzip, deflate, br, zstd", "zstd", lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)),
        ("deflate", None, bytes),
        ("gzip;q=0, br;q=0.5, zstd;q=0.4", "br", brotli.decompress),
    ],
)
async def test_long_answers_are_compressed(
    client: Client, accepted: str, coding: str | None, decode: Callable[[bytes], bytes]
) -> None:
    """By Accept-Encoding, with an ETag of its own; what would not gain is left alone."""
    path = "/api/mean_by_category?question=Q036"
    plain = await fetch(client, path)
    async with client.session.get(path, headers={"Accept-Encoding": accepted}, auto_decompress=False) as response:
        body = await response.read()
        assert response.headers.get("Content-Encoding") == coding
        assert "Accept-Encoding" in response.headers["Vary"]
        assert response.headers["ETag"].endswith(f'-{coding}"') == (coding is not None)
    assert decode(body) == plain
    assert (len(body) < len(plain) / 3) == (coding is not None)
    short = await client.get("/api/global_mean?question=Q036", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in short.headers
