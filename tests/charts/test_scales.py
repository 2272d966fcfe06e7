"""Scales and colours: where they begin, and what they mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.charts.scales import robust, whole
from service.charts.theme import TO_WORSE, WORSE_TO_BETTER
from tests.charts.spec_parts import channels, spec_of
from tests.tables import Table

FIGURES = st.lists(st.floats(0, 100), min_size=1)


def scale_of_tiles(spec: dict[str, Any]) -> dict[str, Any]:
    """What a map's colours are: the scale, with the legend's title as `title`."""
    [color] = channels(spec, "color")[:1]
    return {**color["scale"], "title": " ".join(color["legend"]["title"])}


@given(FIGURES, st.booleans())
def test_a_scale_cuts_no_value(figures: list[float], zero: bool) -> None:
    """The domain has every value, and zero where bars begin there."""
    low, high = whole(({"value": figure} for figure in figures), zero=zero)["domain"]
    assert low < high
    assert all(low <= figure <= high for figure in figures)
    assert not zero or low <= 0 <= high


@given(st.lists(st.floats(20, 40), min_size=20, max_size=60))
def test_an_outlier_does_not_stretch_the_colours(figures: list[float]) -> None:
    """One value far from all others leaves the domain nearly as it was; the domain never exceeds the values."""
    low, high = robust([*figures, 1000.0])
    assert low < high <= max(41.0, 40 + 1.5 * 20)
    low, high = robust(figures)
    assert min(figures) - 1 <= low < high <= max(figures) + 1


@pytest.mark.parametrize(("question", "colours"), [("Q036", TO_WORSE), ("Q046", TO_WORSE[::-1])])
def test_a_darker_tile_is_worse_whichever_way_the_question_points(
    table: Table, question: str, colours: tuple[str, ...]
) -> None:
    """From low to high, the colours of a question of which more is better are the other way round."""
    scale = scale_of_tiles(spec_of(table.answer("total_by_state", question=question, year=2019)))
    assert tuple(scale["range"]) == colours
    assert "darker is worse" in scale["title"]


@pytest.mark.parametrize(
    ("statistic", "arguments", "colours", "unit"),
    [
        ("change_between_years", {"question": "Q036"}, WORSE_TO_BETTER[::-1], "change (percentage points)"),
        ("change_between_years", {"question": "Q046"}, WORSE_TO_BETTER, "change (percentage points)"),
        ("diff_from_mean", {"question": "Q036"}, WORSE_TO_BETTER, "points below the mean of all"),
        ("diff_from_mean", {"question": "Q046"}, WORSE_TO_BETTER[::-1], "points below the mean of all"),
    ],
)
def test_a_difference_has_zero_in_the_middle_and_its_unit(
    table: Table, statistic: str, arguments: dict[str, Any], colours: tuple[str, ...], unit: str
) -> None:
    """Orange is worse and green is better: less obesity, or farther below the mean of it, is better."""
    years = {"first_year": 2011, "last_year": 2019} if statistic == "change_between_years" else {}
    scale = scale_of_tiles(spec_of(table.answer(statistic, **arguments, **years)))
    low, middle, high = scale["domain"]
    assert (middle, low) == (0, -high)
    assert tuple(scale["range"]) == colours
    assert unit in scale["title"]


def test_the_five_best_have_no_line_of_their_mean(table: Table) -> None:
    """It would look like the nation's; bars begin at zero."""
    spec = spec_of(table.answer("best5", question="Q036"))
    assert channels(spec, "strokeDash") == []
    assert spec["encoding"]["x"]["scale"]["domain"][0] == 0


def test_intervals_are_drawn_or_said_not_to_be(table: Table) -> None:
    """A wide map has them in its tiles; a narrow one says where to find them."""
    answer = table.answer("total_by_state", question="Q036")
    fields = [text["field"] for text in channels(spec_of(answer, width=900), "text")]
    assert "interval" in fields
    told = " ".join(spec_of(answer, width=400)["title"]["subtitle"])
    assert "chart=intervals shows them" in told
