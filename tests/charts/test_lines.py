"""Lines: the colours of places, and the names at their ends."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.charts.channels import INTERVAL
from service.charts.line_labels import STEP, spread
from service.charts.series import series_colors
from service.charts.theme import THEMES
from service.dataset.places import places
from tests.charts.spec_parts import channels, footnote, layers, legend_entries, rows, spec_of, values
from tests.tables import Table


def colours_of(table: Table, *states: str) -> dict[str, str]:
    """The colour of each line."""
    answer = table.answer("compare_states", question="Q036", states=list(states))
    scale = channels(spec_of(answer), "color")[0]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_a_place_keeps_its_colour_as_others_come_and_go(table: Table) -> None:
    """In whichever order, beside whom, in one statistic or another; National is the same dark grey."""
    palette = THEMES["light"]
    five = colours_of(table, "OH", "IA", "WV", "US", "CO")
    assert five["National"] == palette.national
    assert len(set(five.values())) == 5
    for fewer in (("WV", "OH"), ("US", "CO", "IA"), ("IA", "OH", "US")):
        assert colours_of(table, *fewer).items() <= five.items()
    trend = channels(spec_of(table.answer("state_trend", question="Q036", state="OH")), "color")[0]["scale"]
    assert dict(zip(trend["domain"], trend["range"], strict=True)).items() >= {
        ("Ohio", five["Ohio"]),
        ("National", palette.national),
    }


def test_neighbours_have_different_colours_of_their_own() -> None:
    """Tiles that touch each other, so that neither has to give way to the other."""
    palette = THEMES["light"]
    own = {name: series_colors(palette, [name])[name] for name in places()}
    for one in places().values():
        for other in places().values():
            if one.name < other.name and abs(one.row - other.row) <= 1 and abs(one.column - other.column) <= 1:
                assert own[one.name] != own[other.name]


@given(st.lists(st.floats(0, 320), min_size=1, max_size=24))
def test_names_at_the_ends_do_not_overlap(heights: list[float]) -> None:
    """They keep the order of the lines and stay within the chart; one alone stands at its line."""
    found = spread(heights, 320)
    ordered = [height for _, height in sorted(zip(heights, found, strict=True))]
    assert all(later - one >= STEP - 1e-6 for one, later in pairwise(ordered))
    assert all(-1e-6 <= height <= 320 + 1e-6 for height in found)
    assert spread(heights[:1], 320) == pytest.approx(heights[:1])


def test_lines_are_named_at_their_ends(table: Table) -> None:
    """In place of a legend; on a phone by their codes."""
    answer = table.answer("compare_states", question="Q036", states=["OH", "US"])
    for width, expected in ((900, {"Ohio", "National"}), (400, {"OH", "US"})):
        spec = spec_of(answer, width=width)
        texts = [layer for layer in layers(spec) if layer.get("encoding", {}).get("text", {}).get("field") == "name"]
        assert {label["name"] for layer in texts for label in layer["data"]["values"]} == expected
        assert channels(spec, "shape")[0]["legend"] is None


def test_bands_are_named_and_left_out_where_they_would_hide_each_other(table: Table) -> None:
    """The legend has an entry for those of few lines; the words below many lines say that they have none."""
    states = ["OH", "US", "IA", "WV", "CO", "CA"]
    few, many = (table.answer("compare_states", question="Q036", states=states[:count]) for count in (5, 6))
    assert INTERVAL in legend_entries(spec_of(few))
    assert INTERVAL not in legend_entries(spec_of(many))
    assert "would hide each other" in " ".join(footnote(spec_of(many)))


def test_every_state_and_segment_has_a_dot_where_intervals_have_no_room(table: Table) -> None:
    """A line for each segment, in their natural order, with all places on it."""
    answer = table.answer("disparity", question="Q036", category="EDU", reference="EDUCOGRAD")
    spec = spec_of(answer)
    assert len(values(spec)) == answer.result.length > 120
    lines = list(dict.fromkeys(row["segment"] for row in rows(answer)))
    assert sorted(spec["encoding"]["y"]["scale"]["domain"]) == sorted(lines)
    assert "with a state they are shown" in " ".join(footnote(spec))


def test_a_long_question_is_wrapped_behind_its_code(table: Table) -> None:
    """Whole words in at most three lines, which the step between two lines has room for."""
    spec = spec_of(table.answer("state_report", state="OH"), width=400)
    shown = spec["encoding"]["y"]["axis"]["labelExpr"]
    assert '["Q036: have obesity"]' in shown
    assert "Percent of adults" not in "".join(re.findall(r":\[.*?\]", shown))
    assert spec["height"] >= 3 * 13 * len(values(spec)) / 2
