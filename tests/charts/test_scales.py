"""Scales and colours: where they begin, and what they mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.charts import classes
from service.charts.scales import Domain, robust, whole
from service.charts.theme import BETTER_OR_WORSE, BETTER_TO_WORSE, THEMES
from tests.charts.spec_parts import channels, footnote, spec_of, values
from tests.tables import Table

YEARS = (2011, 2019)
FIGURES = st.lists(st.floats(0, 100), min_size=1)


def scale_of_tiles(spec: dict[str, Any]) -> dict[str, Any]:
    """What a map's colours are: the scale, with the legend's title as `title`."""
    [fill] = channels(spec, "fill")[:1]
    return {**fill["scale"], "title": " ".join(fill["legend"]["title"])}


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


@given(st.floats(-50, 150), st.floats(0.1, 100), st.integers(0, 2))
def test_classes_have_round_bounds(low: float, width: float, digits: int) -> None:
    """There are at most seven; a value has the class whose name has it as it is shown, also beyond the domain."""
    found = classes.one_way(Domain(low, low + width), digits)
    assert 1 <= len(found.names) <= classes.MOST
    for place, bound in enumerate(found.bounds):
        assert found.of(bound) == place + 1
        assert f"{bound:.{digits}f}" in found.names[place + 1] or digits == 0
        assert found.of(bound - 10**-digits) <= place
    assert found.of(low + 10 * width) == len(found.bounds)


@given(st.floats(0.2, 100))
def test_classes_of_differences_are_the_same_on_either_side(largest: float) -> None:
    """A difference and its opposite are as far from the class in the middle, which has zero."""
    found = classes.around_zero(largest, 1)
    middle = len(found.names) // 2
    assert found.of(0) == middle
    for value in (0.1, largest / 3, largest, 2 * largest):
        assert found.of(value) - middle == middle - found.of(-value)


def test_all_years_of_a_question_have_the_same_classes(table: Table) -> None:
    """So that maps of two years can be compared; a place far from all states does not make these alike."""
    years = [scale_of_tiles(spec_of(table.answer("total_by_state", question="Q047", year=year))) for year in YEARS]
    assert years[0]["domain"][:7] == years[1]["domain"][:7]
    assert years[0]["range"][:7] == years[1]["range"][:7]
    tiles = values(spec_of(table.answer("total_by_state", question="Q047", year=YEARS[0])))
    assert len({tile["class"] for tile in tiles if tile["value"] is not None}) >= 4
    answers = [table.answer("versus_national", question="Q047", year=year) for year in YEARS]
    one, other = (scale_of_tiles(spec_of(answer, chart="map"))["domain"][:7] for answer in answers)
    assert one == other


@pytest.mark.parametrize(("question", "colours"), [("Q036", BETTER_TO_WORSE), ("Q046", BETTER_TO_WORSE[::-1])])
def test_a_darker_tile_is_worse_whichever_way_the_question_points(
    table: Table, question: str, colours: tuple[str, ...]
) -> None:
    """From low to high, the colours of a question of which more is better are the other way round, in each theme."""
    answer = table.answer("total_by_state", question=question, year=2019)
    for theme in THEMES:
        scale = scale_of_tiles(spec_of(answer, theme=theme))
        assert [scale["range"][0], scale["range"][scale["domain"].index(last_class(scale))]] == [
            colours[0],
            colours[-1],
        ]
        assert "darker is worse" in scale["title"]


def last_class(scale: dict[str, Any]) -> str:
    [found] = [name for name in scale["domain"] if name.endswith("or more")]
    return str(found)


@pytest.mark.parametrize(
    ("statistic", "arguments", "colours", "unit"),
    [
        ("change_between_years", {"question": "Q036"}, BETTER_OR_WORSE, "change (percentage points)"),
        ("change_between_years", {"question": "Q046"}, BETTER_OR_WORSE[::-1], "change (percentage points)"),
        ("diff_from_mean", {"question": "Q036"}, BETTER_OR_WORSE[::-1], "points below the mean of all"),
        ("diff_from_mean", {"question": "Q046"}, BETTER_OR_WORSE, "points below the mean of all"),
    ],
)
def test_a_difference_has_zero_in_the_middle_and_its_unit(
    table: Table, statistic: str, arguments: dict[str, Any], colours: tuple[str, ...], unit: str
) -> None:
    """Orange is worse and green is better: less obesity, or farther below the mean of it, is better."""
    years = {"first_year": 2011, "last_year": 2019} if statistic == "change_between_years" else {}
    scale = scale_of_tiles(spec_of(table.answer(statistic, **arguments, **years)))
    last = scale["domain"].index(last_class(scale))
    low, high = scale["domain"][last // 2].split(" to ")
    assert (float(low), scale["range"][last // 2]) == (-float(high), BETTER_OR_WORSE[3])
    assert (scale["range"][0], scale["range"][last]) == (colours[0], colours[-1])
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
    told = " ".join(footnote(spec_of(answer, width=400)))
    assert "the table has them" in told
