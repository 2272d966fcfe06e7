"""The catalog over HTTP: statistics, their SQL, the choices of a column, and the dataset."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Serve

OBESITY = {"value": "Percent of adults aged 18 years and older who have obesity", "code": "Q036"}


async def test_a_statistic_is_described_with_its_sql(client: Client) -> None:
    """GET /api/statistics/{name} has parameters, where their values are, columns, and the SQL; .sql has it plainly."""
    data = (await client.get("/api/statistics/state_mean")).body["data"]
    assert data["parameters"][1]["allowed_at"] == "/api/choices/LocationDesc"
    assert [column["type"] for column in data["columns"]] == ["VARCHAR", "DOUBLE"]
    assert data["sql"] == (await client.get("/api/statistics/state_mean.sql")).body
    assert data["sql"].startswith("-- Unweighted mean of all published values of a question in one state, ")


async def test_an_unknown_statistic_is_refused_with_the_nearest(client: Client) -> None:
    """404 with the name that was meant."""
    reply = await client.get("/api/statistics/state_maen")
    assert (reply.status, reply.body["did_you_mean"]) == (404, "state_mean")


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("LocationDesc", {"value": "Alabama", "code": "AL"}, 55),
        ("LocationDesc?search=york%20new", {"value": "New York", "code": "NY"}, 1),
        ("LocationDesc?search=oh", {"value": "Ohio", "code": "OH"}, 1),
        ("LocationDesc?code=LocationID", {"value": "Alabama", "code": "01"}, 55),
        ("Question?search=obesity", OBESITY, 1),
        ("Question?search=q36", OBESITY, 1),
        ("YearStart", {"value": 2011, "code": None}, 11),
        ("LocationDesc?search=xyz", None, 0),
        ("StratificationCategory1?search=sex", {"value": "Gender", "code": "GEN", "names": ["Sex", "SEX"]}, 1),
    ],
)  # fmt: skip
async def test_choices_are_listed_and_searched(client: Client, query: str, first: dict[str, Any], count: int) -> None:
    """GET /api/choices/{column} has values with codes; `search` narrows them, `code` names another column of codes."""
    data = (await client.get(f"/api/choices/{query}")).body["data"]
    assert len(data) == count
    assert (data[0] if data else None) == first


@pytest.mark.parametrize(
    ("query", "status"), [("Nope", 404), ("LocationDesc?code=Nope", 404), ("LocationDesc?q=x", 400)]
)
async def test_unknown_columns_are_refused(client: Client, query: str, status: int) -> None:
    """Only names of columns are taken, and only known parameters."""
    reply = await client.get(f"/api/choices/{query}")
    assert (reply.status, reply.body["status"]) == (status, "error")


async def test_statistics_are_described(client: Client) -> None:
    """GET /api/statistics has parameters, types, defaults, columns and examples."""
    body = (await client.get("/api/statistics")).body
    [best5] = [statistic for statistic in body["data"] if statistic["name"] == "best5"]
    assert body["faults"] == []
    assert [column["name"] for column in best5["columns"]] == ["state", "mean"]
    assert best5["parameters"][1] == {
        "name": "since",
        "type": "integer(2011..2100)",
        "required": False,
        "default": 2011,
        "minimum": 2011,
        "maximum": 2100,
        "description": "first survey year to count",
    }


async def test_the_dataset_is_described(client: Client, small_csv: Path) -> None:
    """GET /api/dataset has version, rows, years, source, whether it is the sample, names, and what is odd in its rows."""
    data = (await client.get("/api/dataset")).body["data"]
    assert data.pop("sha256") == hashlib.sha256(small_csv.read_bytes()).hexdigest()
    assert len(data.pop("version")) == 12
    assert {wording["code"]: wording["years"][-1] for wording in data.pop("wordings")}["Q044"] == 2019
    assert data.pop("all_adults") == "Total"
    rows = len(small_csv.read_text(encoding="utf-8").splitlines()) - 1
    years = list(range(2011, 2022))
    assert data.pop("source").startswith("CDC, Nutrition, Physical Activity, and Obesity")
    assert "(CDC) (2021)." in data.pop("citation")
    assert data.pop("bibtex").startswith("@misc{")
    assert [kind["word"] for kind in data.pop("missing")][:2] == ["suppressed", "not surveyed"]
    assert "crude" in data.pop("about")
    assert data.pop("years_by_question")["Percent of adults aged 18 years and older who have obesity"] == years
    assert all(0 < low < high < 100 for low, high in data.pop("usual_ranges").values())
    assert data == {"rows": rows, "years": years, "file": "small.csv", "sample": False, "warnings": []}


async def test_a_tenth_file_is_an_endpoint(serve: Serve, tmp_path: Path) -> None:
    """A file dropped into the folder answers over HTTP, and one with a fault is reported there."""
    (tmp_path / "sql").mkdir()
    text = "-- Places of a question.\n-- $question choice(Question, QuestionID): it\nselect distinct LocationDesc as state\nfrom health where Question = $question order by state"
    (tmp_path / "sql" / "places.sql").write_text(text, encoding="utf-8")
    (tmp_path / "sql" / "bad.sql").write_text("-- Bad.\nselec", encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    assert (await client.ask("places", question="Q036"))[0] == {"state": "Alabama"}
    [fault] = (await client.get("/api/statistics")).body["faults"]
    assert (fault["file"], fault["line"]) == ("sql/bad.sql", 2)
