"""Vega-Lite specs: what they hold and what they say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.answers.answer import Answer
from service.charts.picture_options import PictureOptions
from service.charts.registry import CHARTS, make_spec
from service.dataset.places import is_state, places
from service.errors import NoPicture
from tests.charts.spec_parts import footnote, values
from tests.tables import Table

NAMED_NUMBERS = ("arrows", "scatter")
"""Charts of two numbers, which a statistic has to name."""


@pytest.mark.parametrize("chart", [None, *CHARTS])
def test_every_example_has_a_picture_or_a_reason(table: Table, chart: str | None) -> None:
    """Each statistic is drawn as its file says; another chart is drawn too, or refused with what to ask for instead."""
    drawn = 0
    for name, statistic in table.catalog.statistics.items():
        for example in statistic.examples:
            found = spec_or_reason(table.answer(name, **example), PictureOptions(chart=chart, highlights=("Ohio",)))
            if isinstance(found, str):
                assert re.search(r"ask for (chart=|format|less)", found), found
                assert chart, found
            else:
                drawn += 1
                assert values(found)
                assert found["description"]
    assert drawn > 4 or chart in NAMED_NUMBERS


def spec_or_reason(answer: Answer, options: PictureOptions) -> dict[str, Any] | str:
    try:
        return make_spec(answer, options)
    except NoPicture as fault:
        return fault.reason


def test_a_map_has_every_place(table: Table) -> None:
    """55 tiles, each in a place of its own, with the answer's values; a value that is not published says so."""
    answer = table.answer("total_by_state", question="Q036")
    tiles = values(make_spec(answer, PictureOptions(highlights=("Ohio",))))
    expected = {row[0]: row[2] for row in answer.result.rows()}
    assert {tile["state"]: tile["value"] for tile in tiles} == {name: expected.get(name) for name in places()}
    assert len({(tile["grid_row"], tile["grid_column"]) for tile in tiles}) == 55
    assert [tile["state"] for tile in tiles if tile["marked"]] == ["Ohio"]
    reasons = {row[0]: row[answer.result.names.index("status")] for row in answer.result.rows()}
    shown = {tile["state"]: tile["shown"] for tile in tiles if tile["value"] is None}
    assert shown == {name: reasons.get(name, "not in the answer") for name in shown}


@pytest.mark.parametrize(("question", "best"), [("Q036", "lowest"), ("Q046", "highest")])
def test_bars_show_the_best_and_the_worst_five(table: Table, question: str, best: str) -> None:
    """By the direction of the question; National, a dashed line with its value, and the territories take no part."""
    spec = make_spec(table.answer("total_by_state", question=question), PictureOptions(chart="bars"))
    bars = [bar for bar in values(spec) if bar["value"] is not None]
    ranked = sorted((bar for bar in bars if is_state(bar["label"])), key=lambda bar: bar["value"])
    first, last = ("five best", "five worst") if best == "lowest" else ("five worst", "five best")
    assert {bar["group"] for bar in ranked[:5]} == {first}
    assert {bar["group"] for bar in ranked[-5:]} == {last}
    territories = [bar for bar in bars if not is_state(bar["label"]) and bar["label"] != "National"]
    assert {bar["group"] for bar in (*ranked[5:-5], *territories)} == {"other"}
    [national] = [bar["value"] for bar in bars if bar["label"] == "National"]
    [line] = [layer for layer in spec["layer"] if "strokeDash" in layer.get("encoding", {})]
    assert line["data"]["values"] == [{"at": national}]
    assert line["encoding"]["strokeDash"]["datum"] == f"National {national:.1f}"


def test_a_gap_in_a_line_stays_a_gap(table: Table) -> None:
    """A year that one place lacks and others have is a point without a value."""
    answer = table.answer("compare_states", question="Q036", states=["NJ", "OH"])
    points = values(make_spec(answer, PictureOptions()))
    [missing] = [point for point in points if point["value"] is None]
    assert (missing["series"], missing["year"]) == ("New Jersey", 2019)


def test_a_chart_draws_the_columns_that_its_file_names(table: Table) -> None:
    """`line(value, national, states_mean)` is three lines, the first with the place's name."""
    points = values(make_spec(table.answer("state_trend", question="Q036", state="OH"), PictureOptions()))
    assert {point["series"] for point in points} == {"Ohio", "National", "States mean"}


def test_every_picture_says_where_it_comes_from(table: Table) -> None:
    """Statistic, year, question and its code, method, unit, source and years; last the file and its version."""
    spec = make_spec(table.answer("total_by_state", question="Q036"), PictureOptions(width=1400))
    words = " ".join([*spec["title"]["text"], *spec["title"]["subtitle"], *footnote(spec)])
    facts = table.edition.engine.facts
    headline = "The CDC's figure for every state, 2021: adults who have obesity"
    source = f"Source: {facts.citation.removesuffix('.')}; survey years 2021."
    for part in (headline, "Question Q036", "The CDC's own figure", "percent of adults", source):
        assert part in words
    assert footnote(spec)[-1].startswith(f"{facts.file}, dataset {facts.version}; computed 20")
