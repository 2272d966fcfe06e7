"""Answers that are large, that fail late, or that a form cannot hold; and requests as other programs write them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import fromstring

import aiohttp
import openpyxl
import pytest

from service.answers.answer import Answer
from service.formats import FORMATS, Format
from service.formats.options import Options
from tests.client import Client
from tests.conftest import Serve

STATISTICS = {
    "wide": """\
-- Wide rows.
-- $rows integer(0..1000000) = 10: how many
-- $letters integer(1..1000000) = 1000: of each text
select range as id, repeat('x', $letters) as text from range($rows::bigint)
""",
    "late": """\
-- It fails at a row.
-- $at integer(0..100000000) = 10: which
-- $rows integer(0..100000000) = 10: how many
select cast(if(range = $at, 'no number', '1') as integer) as one from range($rows::bigint)
""",
    "endless": """\
-- It takes longer than it may.
-- $rows integer(0..1000000000) = 10: how many
-- time limit: 0.5 s
select range as id, range / 7 as value from range($rows::bigint)
""",
    "chance": "-- By chance.\n-- returns: row\nselect random() as chance\n",
    "cells": """\
-- What Excel finds hard.
select
    9007199254740993::bigint as large,
    date '1850-03-01' as old,
    date '2011-12-31' as day,
    timestamp '2011-12-31 12:34:56' as moment,
    time '12:34:56' as clock,
    'infinity'::double as infinite
""",
    "lines": """\
-- Text of two lines.
-- chart: bars
select 'one' || chr(10) || 'two' as name, 1 as value
""",
}


@pytest.fixture
async def hard(serve: Serve, tmp_path: Path) -> Client:
    """A service with these statistics, a little memory for answers, and a row limit."""
    folder = tmp_path / "sql"
    folder.mkdir()
    for name, sql in STATISTICS.items():
        (folder / f"{name}.sql").write_text(sql, encoding="utf-8")
    client: Client = await serve(catalog_folder=folder, results_memory_bytes=1_000_000, jobs_keep_bytes=3_000_000)
    return client


async def test_a_large_answer_drives_out_no_other(hard: Client) -> None:
    """Few rows that are large go to the disk, as many rows do."""
    first = await hard.start("wide", rows=10)
    await hard.results(first)
    large = await hard.start("wide", rows=3000, letters=3000)
    assert len((await hard.results(large)).body["data"]) == 3000
    for form in ("csv", "html", "ndjson", "xlsx"):
        assert (await hard.get(f"/api/results/{large}.{form}")).status == 200
    assert (await hard.results(first)).status == 200


async def test_forms_drive_out_no_job(serve: Serve, tmp_path: Path) -> None:
    """The newest job stays, however long its forms are."""
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "wide.sql").write_text(STATISTICS["wide"], encoding="utf-8")
    client = await serve(catalog_folder=folder, jobs_keep_bytes=1000)
    job = await client.start("wide", rows=1000)
    for form in ("csv", "html", "json"):
        assert (await client.get(f"/api/results/{job}.{form}?wait=5")).status == 200


async def test_a_long_answer_that_fails_says_why(hard: Client) -> None:
    """As a short one does: the fault of a row that comes late, and the time limit."""
    for at, rows in ((5, 10), (900_000, 1_000_000)):
        reply = await hard.get(f"/api/late.csv?at={at}&rows={rows}")
        assert reply.status == 400
        assert "late cannot be computed with these arguments: Conversion Error" in reply.body["reason"]
    reply = await hard.get("/api/endless.csv?rows=1000000000")
    assert reply.status == 504
    assert "endless took longer than 0.5 s" in reply.body["reason"]


async def test_a_stream_that_breaks_is_no_answer(hard: Client, tmp_path: Path) -> None:
    """Its connection is broken, so that half of the rows never pass for all."""
    job = await hard.start("wide", rows=3000, letters=3000)
    await hard.results(job)
    [file] = (tmp_path / "var" / "results").iterdir()
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)
    response = await hard.session.get(f"/api/results/{job}.csv")
    with pytest.raises(aiohttp.ClientError):
        await response.read()


async def test_a_post_that_waits_gives_what_is_short(hard: Client) -> None:
    """A long answer stays a job, whose results are there to be streamed."""
    reply = await hard.post("/api/wide?meta=true", {"rows": 10}, headers={"Prefer": "wait=10"})
    assert (reply.status, len(reply.body["data"]), reply.body["meta"]["statistic"]) == (200, 10, "wide")
    reply = await hard.post("/api/wide", {"rows": 3000, "letters": 3000}, headers={"Prefer": "wait=10"})
    assert (reply.status, reply.body["status"], reply.body["rows"]) == (202, "done", 3000)


async def test_a_post_that_waits_obeys_the_row_limit(serve: Serve) -> None:
    """More rows than the operator allows are fetched in pages."""
    client = await serve(results_max_rows=5)
    reply = await client.post("/api/states_mean", {"question": "Q036"}, headers={"Prefer": "wait=10"})
    assert (reply.status, reply.body["status"]) == (202, "done")


async def test_the_same_form_at_once_is_made_once(hard: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is the same to the byte."""
    job = await hard.start("wide", rows=500)
    await hard.results(job)
    made: list[Answer] = []
    render = FORMATS["xlsx"].render

    def counting(answer: Answer, options: Options) -> Iterator[bytes]:
        made.append(answer)
        return render(answer, options)

    monkeypatch.setitem(cast("dict[str, Format]", FORMATS), "xlsx", FORMATS["xlsx"]._replace(render=counting))

    async def fetch() -> tuple[str, bytes]:
        async with hard.session.get(f"/api/results/{job}.xlsx") as response:
            return response.headers["ETag"], await response.read()

    assert len(set(await asyncio.gather(*(fetch() for _ in range(8))))) == len(made) == 1


async def test_a_fresh_answer_is_not_undone(hard: Client) -> None:
    """A form of an older answer, made later, does not bring the older one back."""
    job = await hard.start("chance")
    old = (await hard.results(job)).body["data"]
    new = (await hard.get("/api/chance?fresh=true")).body["data"]
    await hard.get(f"/api/results/{job}.csv")
    assert (await hard.get("/api/chance")).body["data"] == new != old


async def test_what_is_nested_deeply_is_refused(hard: Client) -> None:
    """Not with a 500: it can be decoded, but not shown."""
    for depth in range(960, 1000, 4):
        body = "[" * depth + "]" * depth
        reply = await hard.post("/api/wide", data=f'{{"rows": {body}}}', headers={"Content-Type": "application/json"})
        assert reply.status == 400


async def test_excel_alters_no_value(hard: Client) -> None:
    """Numbers and dates that it cannot hold are texts; a text that it would cut is refused."""
    book = openpyxl.load_workbook(io.BytesIO(await (await hard.session.get("/api/cells.xlsx")).read()))
    _, row = book["data"].values
    moment = datetime(2011, 12, 31, 12, 34, 56)
    assert row == ("9007199254740993", "1850-03-01", datetime(2011, 12, 31), moment, time(12, 34, 56), "inf")
    assert date(2011, 12, 31) == row[2].date()
    reply = await hard.get("/api/wide.xlsx?rows=1&letters=40000")
    assert reply.status == 400
    assert "a cell of Excel holds 32767 characters" in reply.body["reason"]


async def test_a_picture_of_two_lines_is_given(hard: Client) -> None:
    """A line break in the data breaks no header."""
    reply = await hard.get("/api/lines.vegalite")
    assert reply.status == 200
    assert "\n" not in reply.headers["Alt-Text"]


@pytest.mark.parametrize("form", ["svg", "png"])
async def test_control_characters_break_no_picture(serve: Serve, tmp_path: Path, form: str) -> None:
    """A picture of them is drawn, and an SVG is XML that any parser takes."""
    folder = tmp_path / "texts"
    folder.mkdir()
    sql = "-- Says it.\n-- $text text = 'a': what\n-- chart: bars\nselect $text as said, 1.5 as number\n"
    (folder / "said.sql").write_text(sql, encoding="utf-8")
    client = await serve(catalog_folder=folder)
    async with client.session.get(f"/api/said.{form}?text=a%00%0B%1B%EF%BF%BEb") as response:
        body = await response.read()
        assert response.status == 200, body
    if form == "svg":
        assert fromstring(body).tag.endswith("svg")


async def test_long_arguments_leave_headers_short(serve: Serve, tmp_path: Path) -> None:
    """Clients refuse long headers, so that they would get no answer at all."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "said.sql").write_text("-- Says it.\n-- $text text = 'a': what\nselect $text as said\n", encoding="utf-8")
    client = await serve(catalog_folder=folder)
    reply = await client.post("/api/said", {"text": "é" * 10_000}, headers={"Prefer": "wait=10"})
    assert reply.status == 200
    assert len(reply.headers["Provenance-Arguments"]) < 200


@pytest.mark.parametrize(
    ("headers", "content_type"),
    [
        ([("Accept", "application/json; charset=utf-8")], "application/json"),
        ([("Accept", "text/csv;header=present")], "text/csv"),
        ([("Accept", "text/html;q=0.1, text/csv; charset=utf-8;q=0.9")], "text/csv"),
        ([("Accept", "text/plain"), ("Accept", "text/csv")], "text/csv"),
    ],
)
async def test_accept_may_have_parameters_and_lines(
    client: Client, headers: list[tuple[str, str]], content_type: str
) -> None:
    """As other programs send it."""
    reply = await client.get("/api/best5?question=Q036", headers=headers)
    assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (200, content_type)


async def test_prefer_may_have_several_lines(client: Client) -> None:
    """Each line counts."""
    headers = [("Prefer", "handling=lenient"), ("Prefer", "respond-async")]
    reply = await client.get("/api/worst5?question=Q018&fresh=true", headers=headers)
    assert reply.status == 202


async def test_the_order_of_a_body_is_no_other_body(client: Client) -> None:
    """The same arguments under the same Idempotency-Key are the same job."""
    bodies = ({"question": "Q036", "state": "OH"}, {"state": "OH", "question": "Q036"})
    replies = [await client.post("/api/state_mean", body, headers={"Idempotency-Key": "one"}) for body in bodies]
    assert [reply.status for reply in replies] == [202, 202]
    assert replies[0].body["job_id"] == replies[1].body["job_id"]
