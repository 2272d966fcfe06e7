"""Every format says where its answer comes from."""

from __future__ import annotations

import html
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from jsonschema import Draft202012Validator

from service.formats.registry import FORMATS
from tests.charts.spec_parts import footnote
from tests.client import Client
from tests.conftest import Serve
from tests.formats.fetch import fetch


async def test_provenance_is_in_every_format(client: Client) -> None:
    """Headers for all, `meta` in JSON, the schema's metadata in Parquet and Arrow, a sheet in Excel."""
    path = "/api/state_mean?question=Q036&state=OH"
    reply = await client.get(f"{path}&meta=true")
    meta = reply.body["meta"]
    assert meta["arguments"] == {
        "question": "Percent of adults aged 18 years and older who have obesity",
        "state": "Ohio", "since": 2011, "until": 2100,
    }  # fmt: skip
    assert meta["wordings"] == [
        {"code": "Q036", "wording": meta["arguments"]["question"], "years": [*range(2011, 2022)]}
    ]
    dataset = (await client.get("/api/dataset")).body["data"]
    statistic = (await client.get("/api/statistics/state_mean")).body["data"]
    for name in ("source", "citation", "bibtex", "about", "file", "sample"):
        assert meta[name] == dataset[name]
    assert (meta["dataset"], meta["statistic"], meta["sql"]) == (dataset["version"], "state_mean", statistic["hash"])
    assert meta["years"] == dataset["years_by_question"][meta["arguments"]["question"]]
    for name in FORMATS:
        async with client.session.get(f"{path}&format={name}") as response:
            assert response.headers["Provenance-Dataset"] == meta["dataset"]
            assert response.headers["Provenance-Computed-At"] == meta["computed_at"]
            assert json.loads(response.headers["Provenance-Arguments"]) == meta["arguments"]
            assert json.loads(response.headers["Provenance-Wordings"]) == meta["wordings"]
            assert response.headers["Provenance-Years"] == "2011-2021"
            for field in ("Source", "File"):
                assert response.headers[f"Provenance-{field}"] == meta[field.lower()]
    for schema in (
        pq.read_schema(io.BytesIO(await fetch(client, f"{path}&format=parquet"))),
        pa.ipc.open_stream(await fetch(client, f"{path}&format=arrow")).schema,
    ):
        assert {name: json.loads(schema.metadata[f"provenance.{name}".encode()]) for name in meta} == meta
    sheet = openpyxl.load_workbook(io.BytesIO(await fetch(client, f"{path}&format=xlsx")))["provenance"]
    cells = {str(name): str(value) for name, value in sheet.iter_rows(values_only=True)}
    assert cells["dataset"] == meta["dataset"]
    assert json.loads(cells["wordings"]) == meta["wordings"]
    assert [*cells][:3] == ["source", "citation", "bibtex"]
    assert [*cells][-3:] == ["file", "dataset", "sql"]
    for name in ("html", "md"):
        page = (await fetch(client, f"{path}&format={name}")).decode()
        for text in (meta["source"], f"Cite as: {meta['citation']}", meta["about"], "survey years 2011 to 2021"):
            assert text in page
        # The file and the hash come last, and small.
        assert meta["dataset"] in page.rstrip().splitlines()[-2 if name == "html" else -1].partition("<s")[2]
    async with client.session.get(f"{path}&format=csv") as response:
        assert response.headers["Provenance-Citation"] == meta["citation"]
    picture = json.loads(await fetch(client, f"{path}&format=vegalite&width=2000"))
    assert f"Source: {meta['citation'].removesuffix('.')}; survey years 2011 to 2021." in footnote(picture)


async def test_provenance_fits_its_schema(client: Client) -> None:
    """`meta` is what the OpenAPI document says of it; a conclusion is there only where the statistic gives one."""
    document = (await client.get("/api/openapi.json")).body
    schema = document["components"]["schemas"]["Provenance"]
    answer = document["paths"]["/api/state_mean"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["properties"]["meta"] == {"$ref": "#/components/schemas/Provenance"}
    meta = (await client.get("/api/state_mean?question=Q036&state=OH&meta=true")).body["meta"]
    Draft202012Validator(schema).validate(meta)
    assert meta.keys() == schema["properties"].keys() - {"conclusion"}
    assert "conclusion" not in schema["required"]


async def test_picked_rows_have_their_own_years(client: Client) -> None:
    """Those of the rows that are left, as long as a column tells them."""
    path = "/api/state_trend?question=Q036&state=OH&meta=true"
    assert (await client.get(f"{path}&year=gte.2018")).body["meta"]["years"] == [2018, 2019, 2020, 2021]
    assert (await client.get(f"{path}&select=value")).body["meta"]["years"] == [*range(2011, 2022)]


async def test_the_sample_is_named_as_one(serve: Serve) -> None:
    """Nothing that is read of an answer from it passes for the CDC's."""
    client: Client = await serve(dataset_csv="")
    reply = await client.get("/api/state_mean?question=Q036&state=OH&meta=true")
    loud = "A MODELLED SAMPLE, not the CDC's data"
    for field in ("source", "citation"):
        assert reply.body["meta"][field].startswith(loud)
    assert reply.headers["Provenance-Source"].startswith(loud)
    path = "/api/state_mean?question=Q036&state=OH"
    picture = json.loads(await fetch(client, f"{path}&format=vegalite&width=2000"))
    assert picture["title"]["text"][0].startswith("MODELLED SAMPLE")
    assert f"Source: {loud}; survey years 2011 to 2021." in footnote(picture)
    assert "Centers for Disease Control" not in str(picture["title"])
    assert (await fetch(client, f"{path}&format=md")).startswith(f"**{loud}".encode())
    assert loud in html.unescape((await fetch(client, f"{path}&format=html")).decode().partition("</caption>")[0])
    book = await fetch(client, f"{path}&format=xlsx")
    first, second = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    assert (first.title, second["B1"].value.startswith(loud)) == ("SAMPLE data", True)
    assert loud in zipfile.ZipFile(io.BytesIO(book)).read("xl/drawings/drawing1.xml").decode()
    for name in [name for name, each in FORMATS.items() if each.disposition]:
        async with client.session.get(f"{path}&format={name}") as response:
            assert 'filename="SAMPLE_state_mean_Q036_OH_2011-2021' in response.headers["Content-Disposition"]


async def test_what_is_odd_in_the_table_is_in_every_format(serve: Serve, small_csv: Path, tmp_path: Path) -> None:
    """A row that is there twice counts once, and each answer says so, as the dataset does."""
    lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    table = tmp_path / "table.csv"
    table.write_text("".join([*lines, *lines[1:8]]), encoding="utf-8")
    client: Client = await serve(dataset_csv=table)
    dataset = (await client.get("/api/dataset")).body["data"]
    text = "rows that are in the file again, with the same key and figures: 7; each is counted once"
    assert dataset["warnings"] == [{"check": "duplicates", "count": 7, "line": 2, "text": text}]
    assert dataset["rows"] == len(lines) - 1
    path = "/api/total_by_state?question=Q036"
    assert (await client.get(f"{path}&meta=true")).body["meta"]["warnings"] == [text]
    for name in FORMATS:
        async with client.session.get(f"{path}&format={name}") as response:
            assert json.loads(response.headers["Provenance-Warnings"]) == [text]
    schema = pq.read_schema(io.BytesIO(await fetch(client, f"{path}&format=parquet")))
    assert json.loads(schema.metadata[b"provenance.warnings"]) == [text]
    sheet = openpyxl.load_workbook(io.BytesIO(await fetch(client, f"{path}&format=xlsx")))["provenance"]
    assert ("warnings", json.dumps([text])) in list(sheet.iter_rows(values_only=True))
    assert f"<p>{text}</p>\n<p><small>" in (await fetch(client, f"{path}&format=html")).decode()
    picture = (await fetch(client, f"{path}&format=svg")).decode()
    assert "Rows that are in the file again" in picture


async def test_notes_and_methods_are_in_every_format(serve: Serve, tmp_path: Path) -> None:
    """What the SQL says of its rows in the column `note`, and what its header says of the method."""
    text = "-- One.\n-- method: Counting (Euclid)\n-- returns: row\nselect 1 as n, 'left out: 3' as note"
    (tmp_path / "one.sql").write_text(text, encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path)
    reply = await client.get("/api/one?meta=true")
    assert reply.body["data"] == {"n": 1}
    assert (reply.body["meta"]["notes"], reply.body["meta"]["methods"]) == (["left out: 3"], ["Counting (Euclid)"])
    assert json.loads(reply.headers["Provenance-Notes"]) == ["left out: 3"]
    page = (await fetch(client, "/api/one?format=html")).decode()
    assert "<p>left out: 3</p>\n<p>Method: Counting (Euclid)</p>\n" in page
    picture = json.loads(await fetch(client, "/api/one?format=vegalite"))
    assert "Left out: 3." in footnote(picture)
    assert "Methods: Counting." in footnote(picture)
    sheet = openpyxl.load_workbook(io.BytesIO(await fetch(client, "/api/one?format=xlsx")))["provenance"]
    assert ("notes", '["left out: 3"]') in list(sheet.iter_rows(values_only=True))
    assert (await client.get("/api/statistics/one")).body["data"]["methods"] == ["Counting (Euclid)"]


async def test_a_conclusion_is_in_every_format(serve: Serve, tmp_path: Path) -> None:
    """What the SQL says in the column `conclusion`: with the provenance, and first where a person reads."""
    text = "-- One.\nselect 1 as n, 'One is *not* distinguishable from $1.' as conclusion"
    (tmp_path / "one.sql").write_text(text, encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path)
    said = "One is *not* distinguishable from $1."
    reply = await client.get("/api/one?meta=true")
    assert (reply.body["data"], reply.body["meta"]["conclusion"]) == ([{"n": 1}], said)
    for name in FORMATS:
        async with client.session.get(f"/api/one?format={name}") as response:
            assert json.loads(response.headers["Provenance-Conclusion"]) == said
    schema = pq.read_schema(io.BytesIO(await fetch(client, "/api/one?format=parquet")))
    assert json.loads(schema.metadata[b"provenance.conclusion"]) == said
    markdown = (await fetch(client, "/api/one?format=md")).decode()
    assert markdown.startswith("One is \\*not\\* distinguishable from $1.\n\n| n |\n| ---: |\n| 1 |\n")
    assert f"<caption><strong>{said}</strong><br>" in (await fetch(client, "/api/one?format=html")).decode()
    book = await fetch(client, "/api/one?format=xlsx")
    assert ("conclusion", said) in list(openpyxl.load_workbook(io.BytesIO(book))["provenance"].values)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert said in parts.read("xl/drawings/drawing1.xml").decode()
    assert list(openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].values) == [("n",), (1,)]
