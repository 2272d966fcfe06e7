"""Intervals, arrows and scatter plots."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.charts.channels import INTERVAL
from service.charts.labels import AWAY, HALF_HEIGHT, HALF_WIDTH, SIDES, sides
from service.charts.renderer import Renderer
from service.charts.theme import THEMES
from service.dataset.places import places
from service.encoding import encode
from service.settings import Charts
from tests.charts.spec_parts import footnote, legend_entries, rows, spec_of, values
from tests.tables import Table

TOTAL: dict[str, Any] = {"question": "Q036", "segment": "OVERALL", "year": 2021}
FROM_2011: dict[str, Any] = {"first_year": 2011, "last_year": 2021}
ASKED = {
    "intervals": ("segment", TOTAL),
    "arrows": ("change", {"question": "Q036", **FROM_2011}),
    "scatter": ("pairs", {"question": "Q036", "other": "Q047", "year": 2021}),
}
"""A statistic and arguments for each kind."""


def test_intervals_keep_the_order_of_the_rows_and_are_not_cut(figures: Table) -> None:
    """The scale holds both ends of each interval; National is a dashed line with its label."""
    answer = figures.answer("segment", **TOTAL)
    spec, expected = spec_of(answer), rows(answer)
    assert spec["encoding"]["y"]["scale"]["domain"] == [row["state"] for row in expected]
    low, high = spec["encoding"]["x"]["scale"]["domain"]
    assert low < min(row["low"] for row in expected if row["low"] is not None)
    assert high > max(row["high"] for row in expected if row["high"] is not None)
    [national] = [row["value"] for row in expected if row["state"] == "National"]
    assert legend_entries(spec) == {f"National {national:.1f}", INTERVAL}


@pytest.mark.parametrize(("question", "rising"), [("Q036", "worse"), ("Q046", "better")])
def test_arrows_have_the_colour_of_what_a_change_means(figures: Table, question: str, rising: str) -> None:
    """By the direction of the question; where the intervals overlap the change may be chance."""
    answer = figures.answer("change", question=question, first_year=2011, last_year=2019)
    spec = spec_of(answer, chart="arrows")
    falling = {"worse": "better", "better": "worse"}[rising]
    found = {arrow["label"]: arrow["group"] for arrow in values(spec)}
    expected: dict[str, str | None] = {}
    for row in rows(answer):
        if row["change"] is None:
            expected[row["state"]] = None
        elif not row["apart"] or row["change"] == 0:
            expected[row["state"]] = "may be chance"
        else:
            expected[row["state"]] = rising if row["change"] > 0 else falling
    assert found == expected
    assert rising in found.values()
    color = spec["layer"][0]["encoding"]["color"]["scale"]
    hues = dict(zip(color["domain"], color["range"], strict=True))
    assert (hues["better"], hues["worse"]) == (THEMES["light"].best, THEMES["light"].worst)


def test_an_arrow_without_q_goes_by_p(table: Table) -> None:
    """National is no state, so its p is not adjusted."""
    answer = table.answer("change_between_years", question="Q036", **FROM_2011)
    [national] = [row for row in rows(answer) if row["state"] == "National"]
    [arrow] = [arrow for arrow in values(spec_of(answer, chart="arrows")) if arrow["label"] == "National"]
    assert (national["q"], arrow["group"]) == (None, "worse" if national["p"] < 0.05 else "may be chance")


def test_a_chart_has_columns_of_its_own(figures: Table) -> None:
    """`map(change); arrows(first, last)`: the map shows the change."""
    answer = figures.answer("change", question="Q036", **FROM_2011)
    expected = {row["state"]: row["change"] for row in rows(answer)}
    assert {tile["state"]: tile["value"] for tile in values(spec_of(answer)) if tile["state"] in expected} == expected


def test_a_scatter_plot_has_a_dot_for_each_place_and_names_those_without(figures: Table) -> None:
    """Each with its abbreviation; the axes have the questions and their unit."""
    answer = figures.answer("pairs", question="Q036", other="Q047", year=2021)
    spec = spec_of(answer, width=900)
    both = {row["state"] for row in rows(answer) if None not in (row["value"], row["other"])}
    assert {dot["label"]: dot["code"] for dot in values(spec)} == {name: places()[name].code for name in both}
    titles = {axis: " ".join(spec["encoding"][axis]["title"]) for axis in "xy"}
    assert titles["x"] == "adults who have obesity (percent of adults)"
    assert titles["y"] == "adults who engage in no leisure-time physical activity (percent of adults)"
    assert "not published: Florida" in " ".join(footnote(spec))


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200)), max_size=40))
def test_labels_do_not_overlap(dots: list[tuple[float, float]]) -> None:
    """No label lies upon another; a single dot has its label to the right."""
    middles = [
        (x + SIDES[side].right, y + SIDES[side].down)
        for (x, y), side in zip(dots, sides(dots), strict=True)
        if side is not None
    ]
    for (a, b), (x, y) in combinations(middles, 2):
        assert abs(a - x) > 2 * HALF_WIDTH or abs(b - y) > 2 * HALF_HEIGHT
    assert sides([(0, 0)]) == ["right"]
    assert SIDES["right"].right - HALF_WIDTH == AWAY


@pytest.mark.parametrize("chart", ASKED)
@pytest.mark.parametrize(("width", "theme"), [(400, "dark"), (900, "light")])
async def test_each_kind_is_drawn(figures: Table, chart: str, width: int, theme: str) -> None:
    """The SVG has the headline, and the label or abbreviation of a place, in the colours of the theme."""
    name, arguments = ASKED[chart]
    spec = spec_of(figures.answer(name, **arguments), chart=chart, width=width, theme=theme)
    renderer = Renderer(Charts())
    svg = (await renderer.render(encode(spec), "svg", 1)).decode()
    await renderer.close()
    assert spec["title"]["text"][0].split()[0] in svg
    assert ">PR<" in svg if chart == "scatter" else ">West Virginia<" in svg
    assert THEMES[theme].paper in svg


def test_one_segment_of_many_places_has_a_line_a_place(figures: Table) -> None:
    """As dots each place has its own line; the headline names the segment."""
    spec = spec_of(figures.answer("segment", **TOTAL), chart="dots")
    assert set(spec["encoding"]["y"]["scale"]["domain"]) == set(places())
    assert " ".join(spec["title"]["text"]).startswith("A segment in every state, Total, 2021: adults who have obesity")
