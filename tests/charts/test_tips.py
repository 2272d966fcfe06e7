"""Tooltips: the same in every chart."""

from __future__ import annotations

import pytest

from tests.charts.spec_parts import layers, rows, spec_of, values
from tests.tables import Table


@pytest.mark.parametrize("chart", ["map", "bars", "intervals", "dots"])
def test_a_tooltip_has_name_year_value_limits_size_and_rank(table: Table, chart: str) -> None:
    """A statistic without ranks has those among the states of its answer; the nation has none."""
    answer = table.answer("total_by_state", question="Q036")
    spec = spec_of(answer, chart=chart)
    tips = {mark["state"]: mark["tip"] for mark in values(spec)}
    found = rows(answer)
    published = {row["state"]: row["value"] for row in found if row["value"] is not None}
    territories = {"Guam", "Puerto Rico", "Virgin Islands", "National"}
    ranked = [value for state, value in published.items() if state not in territories]
    [ohio] = [row for row in found if row["state"] == "Ohio"]
    assert tips["Ohio"] == {
        "title": "Ohio",
        "year": str(ohio["year"]),
        "value": f"{ohio['value']:.1f}%",
        "95% confidence": f"{ohio['low']:.1f} to {ohio['high']:.1f}",
        "sample size": f"{ohio['sample_size']:,}",
        "rank": f"{1 + sum(value < ohio['value'] for value in ranked)} of {len(ranked)}, 1 is best",
        **({"flag": ohio["reliability"]} if ohio["reliability"] != "reliable" else {}),
    }
    assert "rank" not in tips["National"]
    assert any(layer["mark"].get("tooltip") == {"expr": "datum.tip"} for layer in layers(spec))


def test_a_tooltip_has_the_verdict_of_a_test(table: Table) -> None:
    """By q; what may be chance has a sign on the map, and a colour of its own among the intervals."""
    answer = table.answer("versus_national", question="Q036")
    tiles = {tile["state"]: tile for tile in values(spec_of(answer, chart="map"))}
    dots = {dot["state"]: dot for dot in values(spec_of(answer, chart="intervals"))}
    tested = [row for row in rows(answer) if row["q"] is not None]
    assert {row["q"] < 0.05 for row in tested} == {True, False}
    for row in tested:
        chance, state = row["q"] >= 0.05, row["state"]
        assert tiles[state]["tip"]["verdict"].startswith("may be chance (q" if chance else "differs (q")
        assert tiles[state]["sign"].startswith("≈") == chance
        assert dots[state]["group"] == ("may be chance" if chance else "worse" if row["difference"] > 0 else "better")
