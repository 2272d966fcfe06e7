"""What is not published is named with the reason, in every chart; what is unreliable has no filling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.charts.channels import UNRELIABLE
from service.dataset.missing import NOT_SURVEYED, SUPPRESSED
from service.engine.result import Result
from tests.charts.spec_parts import channels, footnote, layers, legend_entries, rows, spec_of, values
from tests.tables import Table

ASIAN: dict[str, Any] = {"question": "Q018", "segment": "RACEASN", "year": 2021}


def reasons(spec: dict[str, Any]) -> dict[str, str]:
    """The words on the lines of rows that have no mark."""
    texts = [layer for layer in layers(spec) if layer.get("encoding", {}).get("text", {}).get("field") == "reason"]
    return {value["label"]: value["reason"] for layer in texts for value in layer["data"]["values"]}


@pytest.mark.parametrize("chart", ["bars", "intervals", "dots"])
def test_a_row_without_a_figure_says_why(figures: Table, chart: str) -> None:
    """Suppressed, or not surveyed, by the column `status`."""
    answer = figures.answer("segment", **ASIAN)
    expected = {row["state"]: row["status"] for row in rows(answer) if row["value"] is None}
    assert set(expected.values()) == {"suppressed", "not surveyed"}
    spec = spec_of(answer, chart=chart)
    shown = {mark["label"]: mark["shown"] for mark in values(spec) if mark["value"] is None}
    assert (shown if chart == "bars" else reasons(spec)) == expected


def test_a_tile_without_a_figure_has_a_sign_that_the_legend_explains(figures: Table) -> None:
    """Each kind of missing figure has its own sign and its own swatch, after the classes of values."""
    spec = spec_of(figures.answer("segment", **ASIAN), chart="map")
    expected = {each.sign: f"{each.sign}: {each.word}" for each in (SUPPRESSED, NOT_SURVEYED)}
    assert {tile["sign"]: tile["class"] for tile in values(spec) if tile["value"] is None} == expected
    swatches = [channels(spec, name)[0]["scale"] for name in ("fill", "stroke")]
    assert [swatch["domain"][-2:] for swatch in swatches] == [list(expected.values())] * 2
    assert (
        len({tuple(map(str, each)) for each in zip(*(swatch["range"][-2:] for swatch in swatches), strict=True)}) == 2
    )


def test_a_place_that_a_long_answer_lacks_has_an_entry_in_the_legend(figures: Table) -> None:
    """`-` is not in the answer; it would be wrong to say why."""
    answer = figures.answer("segment", **ASIAN)
    result = Result.of_columns(answer.result.schema, list(zip(*answer.result.rows(0, 30), strict=True)))
    [fill] = channels(spec_of(replace(answer, result=result), chart="map"), "fill")
    assert "-: not in the answer" in fill["scale"]["domain"]


@pytest.mark.parametrize("statistic", ["best5", "worst5"])
def test_the_five_stand_out_on_the_whole_map(table: Table, statistic: str) -> None:
    """The other places are there, and are not said to have no data; the five have their class of the question's."""
    spec = spec_of(table.answer(statistic, question="Q036"), chart="map")
    five = {tile["state"]: tile["class"] for tile in values(spec) if tile["value"] is not None}
    others = [tile for tile in values(spec) if tile["value"] is None]
    assert (len(five), len(others)) == (5, 50)
    assert {(tile["class"], tile["sign"]) for tile in others} == {("other places", "")}
    whole = {tile["state"]: tile["class"] for tile in values(spec_of(table.answer("states_mean", question="Q036")))}
    assert five == {state: whole[state] for state in five}


def test_a_line_breaks_at_a_year_without_a_figure(figures: Table) -> None:
    """A cross with the reason stands there; the years beside it stand alone, with their intervals."""
    spec = spec_of(figures.answer("years", question="Q018", state="NJ"))
    points = {point["year"]: point for point in values(spec)}
    assert {year: point["value"] is not None for year, point in points.items()} == {2017: True, 2019: False, 2021: True}
    assert [points[year]["isolated"] for year in (2017, 2021)] == [True, True]
    assert "x New Jersey 2019: not surveyed." in footnote(spec)
    rules = [layer for layer in layers(spec) if layer["mark"]["type"] == "rule" and "transform" in layer]
    assert [rule["transform"] for rule in rules] == [[{"filter": "datum.isolated"}]]


@pytest.mark.parametrize("chart", ["bars", "intervals", "dots", "map"])
def test_unreliable_figures_have_no_filling_and_an_entry(figures: Table, chart: str) -> None:
    """By the column `reliability`; without such figures there is no entry."""
    answer = figures.answer("segment", **ASIAN)
    spec = spec_of(answer, chart=chart)
    expected = {row["state"] for row in rows(answer) if row["reliability"] not in (None, "reliable")}
    assert {mark["state"] for mark in values(spec) if mark.get("unreliable")} == expected != set()
    assert UNRELIABLE in legend_entries(spec)
    reliable = figures.answer("segment", question="Q036", segment="OVERALL", year=2021)
    assert UNRELIABLE not in legend_entries(spec_of(reliable, chart=chart))


def test_segments_come_in_their_natural_order(figures: Table) -> None:
    """Education and income from low to high below their headings, although the rows are in alphabetical order."""
    spec = spec_of(figures.answer("profile", question="Q036", state="OH", year=2021))
    labels = spec["encoding"]["y"]["scale"]["domain"]
    education = [label.partition(": ")[2] for label in labels if label.startswith("Education")]
    assert education == [
        "",
        "Less than high school",
        "High school graduate",
        "Some college or technical school",
        "College graduate",
    ]
    income = [label for label in labels if label.startswith("Income: ")]
    assert income[0] == "Income: Less than $15,000"
    assert income[-2:] == ["Income: $75,000 or greater", "Income: Data not reported"]


def test_many_places_on_a_line_have_their_gaps_told(table: Table) -> None:
    """A line that has other places' dots cannot show which it lacks, so the words below the chart do."""
    answer = table.answer("mean_by_category", question="Q036")
    lacking = [row for row in rows(answer) if row["mean"] is None]
    told = " ".join(footnote(spec_of(answer, width=2000)))
    assert lacking
    for row in lacking:
        assert f"{row['category']}: {row['segment']}" in told
