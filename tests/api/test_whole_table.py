"""The table itself over HTTP, and rows and columns that are picked of any answer."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.waiting import until

pytestmark = pytest.mark.long


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_the_table_has_every_row_of_the_file(client: Client, small_csv: Path) -> None:
    """As CSV, with the file's own columns."""
    published = rows_of(small_csv.read_text(encoding="utf-8"))
    given = rows_of((await client.get("/api/dataset.csv")).body)
    assert len(given) == len(published)
    keys = ("YearStart", "LocationAbbr", "QuestionID", "StratificationID1")
    value = {tuple(row[name] for name in keys): row["Data_Value"] for row in given}
    for row in published[::97]:
        assert value[tuple(row[name] for name in keys)] in {row["Data_Value"], f"{float(row['Data_Value'] or 0):g}"}


@pytest.mark.parametrize("suffix", ["parquet", "xlsx", "arrow", "ndjson", "records"])
async def test_the_table_comes_in_every_format_of_rows(
    serve: Serve, small_csv: Path, tmp_path: Path, suffix: str
) -> None:
    """Each whole, and the same bytes for all who ask."""
    table = tmp_path / "table.csv"
    table.write_text("".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:1001]), encoding="utf-8")
    client = await serve(dataset_csv=table, results_memory_rows=100)
    first, second = await asyncio.gather(*(client.get(f"/api/dataset.{suffix}") for _ in range(2)))
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert first.headers["ETag"] == second.headers["ETag"]


async def test_columns_note_and_conclusion_of_the_table_are_given(
    serve: Serve, small_csv: Path, tmp_path: Path
) -> None:
    """With a capital, since they are columns like any other here."""
    header, *lines = small_csv.read_text(encoding="utf-8").splitlines()[:101]
    table = tmp_path / "table.csv"
    table.write_text(
        "\n".join([f"{header},note,conclusion", *(f"{line},row,end" for line in lines), ""]), encoding="utf-8"
    )
    client = await serve(dataset_csv=table)
    rows = rows_of((await client.get("/api/dataset.csv")).body)
    assert {(row["Note"], row["Conclusion"]) for row in rows} == {("row", "end")}


async def test_the_table_is_read_in_parts(client: Client) -> None:
    """Of one file: the parts put together are the whole, and its length is known before."""
    whole = await client.get("/api/dataset.parquet")
    path, etag = "/api/dataset.parquet", whole.headers["ETag"]
    middle = len(whole.body) // 2
    parts = [
        await client.get(path, headers={"Range": f"bytes={part}", "If-Range": etag})
        for part in (f"0-{middle - 1}", f"{middle}-")
    ]
    assert [part.status for part in parts] == [206, 206]
    assert b"".join(part.body for part in parts) == whole.body
    assert pq.read_table(io.BytesIO(whole.body)).num_rows == (await client.get("/api/dataset")).body["data"]["rows"]


async def test_a_file_is_made_once_a_version(serve: Serve, tmp_path: Path) -> None:
    """Whoever asks again gets the file that is there."""
    client = await serve(results_memory_rows=100)
    plain = {"Accept-Encoding": "identity"}
    await client.get("/api/dataset.ndjson", headers=plain)
    made = sorted(tmp_path.rglob("making-*"))
    assert len(made) == 1
    await client.get("/api/dataset.ndjson", headers=plain)
    assert sorted(tmp_path.rglob("making-*")) == made


async def test_a_file_that_the_disk_has_lost_is_made_again(serve: Serve, tmp_path: Path) -> None:
    """The answer's rows, too: nobody has to wait for another table."""
    client = await serve(results_memory_rows=100)
    plain = {"Accept-Encoding": "identity"}
    whole = (await client.get("/api/dataset.csv", headers=plain)).body
    for folder in [*tmp_path.rglob("making-*")]:
        shutil.rmtree(folder)
    for file in [*tmp_path.rglob("*.arrow")]:
        file.unlink()
    assert (await client.get("/api/dataset.csv", headers=plain)).body == whole
    assert (await client.get("/api/dataset.csv?limit=2")).status == 200


async def test_the_table_has_no_picture(client: Client) -> None:
    """It says which formats there are."""
    reply = await client.get("/api/dataset.png")
    assert (reply.status, "csv" in reply.body["allowed"]) == (400, True)


async def test_rows_and_columns_of_the_table_are_picked(client: Client) -> None:
    """Filtered, sorted, renamed and in a page, with the total of the rows that are left."""
    query = "QuestionID=eq.Q036&StratificationID1=eq.OVERALL&YearStart=eq.2019&Data_Value=gte.35"
    reply = await client.get(
        f"/api/dataset.csv?{query}&select=state:LocationDesc,Data_Value&order=Data_Value.desc&limit=3"
    )
    rows = rows_of(reply.body)
    assert list(rows[0]) == ["state", "Data_Value"]
    values = [float(row["Data_Value"]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(values) == 3
    assert int(reply.headers["Total-Rows"]) > 3
    assert "Data_Value=gte.35" in reply.headers["Provenance-Narrowed"]
    assert "narrowed" in reply.headers["Content-Disposition"]


async def test_rows_of_a_statistic_are_picked(client: Client) -> None:
    """By GET, and of a job's results; in any format of rows."""
    whole = rows_of((await client.get("/api/total_by_state.csv?question=Q036")).body)
    expected = sorted((row["state"] for row in whole if row["value"] and float(row["value"]) >= 35), reverse=True)
    picked = "select=state&value=gte.35&order=state.desc"
    reply = await client.get(f"/api/total_by_state.csv?question=Q036&{picked}")
    assert [row["state"] for row in rows_of(reply.body)] == expected
    job = await client.start("total_by_state", question="Q036")
    await client.ended(job)
    reply = await client.get(f"/api/results/{job}.ndjson?{picked}")
    assert reply.body.count("\n") == len(expected)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("states_mean?question=Q036&mean=gte.35", "formats of rows"),
        ("total_by_state.png?question=Q036&order=value", "formats of rows"),
        ("total_by_state.csv?question=Q036&value=many", "write OPERATOR.VALUE"),
        ("total_by_state.csv?question=Q036&select=colour", "'colour' is not a column of the answer"),
        ("total_by_state.csv?question=Q036&vale=gte.35", "vale"),
    ],
)
async def test_what_cannot_be_picked_is_refused(client: Client, path: str, reason: str) -> None:
    """With the reason, and the same for the results of a job."""
    reply = await client.get(f"/api/{path}")
    assert reply.status == 400
    assert reason in reply.body["reason"]
    statistic = re.split(r"\W", path)[0]
    job = await client.start(statistic, question="Q036")
    await client.ended(job)
    rest = path.removeprefix(statistic).replace("question=Q036&", "")
    assert (await client.get(f"/api/results/{job}{rest}")).status == 400


async def test_long_answers_are_narrowed_too(serve: Serve) -> None:
    """Those that wait on the disk are filtered piece by piece; only their order has a limit."""
    client = await serve(results_memory_rows=100)
    reply = await client.get("/api/dataset.csv?LocationAbbr=eq.OH&select=LocationAbbr,YearStart")
    rows = rows_of(reply.body)
    assert len(rows) > 100
    assert {row["LocationAbbr"] for row in rows} == {"OH"}
    refused = await client.get("/api/dataset.csv?order=YearStart")
    assert refused.status == 400
    assert "too many to be sorted" in refused.body["reason"]


async def test_only_the_columns_that_are_needed_count_when_rows_are_sorted(serve: Serve) -> None:
    """Those selected and those sorted by: so a few columns of many rows can be sorted."""
    client = await serve(results_memory_bytes=40_000)
    rows = "QuestionID=eq.Q036&YearStart=gte.2019&order=Data_Value.desc.nullslast"
    assert "select fewer columns" in (await client.get(f"/api/dataset.csv?{rows}")).body["reason"]
    reply = await client.get(f"/api/dataset.csv?{rows}&select=Sample_Size")
    published = rows_of((await client.get(f"/api/dataset.csv?{rows.rpartition('&')[0]}")).body)
    best = max((row for row in published if row["Data_Value"]), key=lambda row: float(row["Data_Value"]))
    assert reply.body.splitlines()[:2] == ["Sample_Size", best["Sample_Size"]]
    assert len(reply.body.splitlines()) == len(published) + 1


async def test_picked_rows_that_are_read_in_parts_take_the_disk_once(serve: Serve, tmp_path: Path) -> None:
    """All parts are of one file, and the rows that were picked for each part go with it."""
    client = await serve(results_memory_rows=100)
    await client.get("/api/dataset.csv", headers={"Range": "bytes=0-0"})
    before = {*tmp_path.rglob("*.arrow")}
    parts = [
        await client.get("/api/dataset.csv?YearStart=gt.0", headers={"Range": f"bytes={byte}-{byte}"})
        for byte in range(4)
    ]
    assert "".join(part.body for part in parts) == "Year"
    await until(lambda: {*tmp_path.rglob("*.arrow")} == before)
    assert len([*tmp_path.rglob("making-*")]) == 2
