"""Obesity as the CDC's Adult Obesity Prevalence Maps of 2021 and 2018 state it, from each statistic that gives it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.tables import Table

pytestmark = pytest.mark.real

OBESITY = "Q036"
HIGHEST = {"West Virginia": 40.6, "Kentucky": 40.3}
"""The two highest of 2021."""
TERRITORIES = {"Guam", "Puerto Rico", "Virgin Islands"}
EDUCATION = {
    "Less than high school": 35.0,
    "High school graduate": 33.1,
    "Some college or technical school": 33.0,
    "College graduate": 24.7,
}
"""Of the nation in 2018."""


def by(key: str, column: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row[key]: row[column] for row in rows}


def test_the_highest_of_2021(real_table: Table) -> None:
    """They end the list of places."""
    values = by("state", "value", real_table.ask("total_by_state", question=OBESITY, year=2021))
    published = {state: value for state, value in values.items() if value is not None}
    assert dict(list(published.items())[-2:]) == HIGHEST


def test_how_many_reach_35_percent(real_table: Table) -> None:
    """Nineteen states and two territories in 2021."""
    values = by("state", "value", real_table.ask("total_by_state", question=OBESITY, year=2021))
    reached = [state for state, value in values.items() if value is not None and value >= 35]
    assert Counter(state in TERRITORIES for state in reached) == {False: 19, True: 2}


@pytest.mark.parametrize("state", HIGHEST)
def test_a_state_over_the_years(real_table: Table, state: str) -> None:
    """Alone, beside another, and as a mean of one year."""
    [alone] = real_table.ask("state_trend", question=OBESITY, state=state, since=2021, until=2021)
    [beside, _] = real_table.ask("compare_states", question=OBESITY, states=[state, "WY"], since=2021, until=2021)
    [mean] = real_table.ask("mean_over_years", question=OBESITY, state=state, since=2021, until=2021)
    assert (alone["value"], beside["value"], mean["mean"]) == (HIGHEST[state],) * 3


@pytest.mark.parametrize(("state", "from_last"), [("West Virginia", 0), ("Kentucky", 1)])
def test_the_highest_rank_last(real_table: Table, state: str, from_last: int) -> None:
    """Less is better, and 49 states and DC were surveyed in 2021."""
    rank = real_table.ask("rank_of_state", question=OBESITY, state=state, year=2021)
    assert (rank["of_states"], rank["rank"], rank["value"]) == (50, 50 - from_last, HIGHEST[state])


def test_the_nation_by_education(real_table: Table) -> None:
    """In its profile of 2018."""
    rows = real_table.ask("state_profile", question=OBESITY, state="US", year=2018)
    education = [row for row in rows if row["category"] == "Education"]
    assert by("segment", "state_value", education) == EDUCATION


@pytest.mark.parametrize("segment", EDUCATION)
def test_a_level_of_education(real_table: Table, segment: str) -> None:
    """In the list of one segment in every place, and as a mean of one year."""
    values = by("state", "value", real_table.ask("segment_by_state", question=OBESITY, segment=segment, year=2018))
    years = {"since": 2018, "until": 2018}
    means = real_table.ask("mean_over_years", question=OBESITY, state="US", category="EDU", **years)
    assert values["National"] == by("segment", "mean", means)[segment] == EDUCATION[segment]


def test_the_gap_by_education(real_table: Table) -> None:
    """Beside college graduates, and between the ends."""
    given = {"question": OBESITY, "category": "EDU", "year": 2018}
    rows = real_table.ask("disparity", reference="EDUCOGRAD", state="US", **given)
    assert by("segment", "difference", rows) == {
        segment: round(value - EDUCATION["College graduate"], 1)
        for segment, value in EDUCATION.items()
        if segment != "College graduate"
    }
    gaps = {row["state"]: row for row in real_table.ask("gap_by_category", **given)}
    nation = gaps["National"]
    assert (nation["highest_segment"], nation["lowest_segment"]) == ("Less than high school", "College graduate")
    assert round(nation["gap"], 1) == 10.3


def test_the_answers_of_the_readme(real_table: Table) -> None:
    """The five highest, Ohio beside the nation, where obesity has not risen, and income in Mississippi."""
    ranked = [row for row in real_table.ask("ranking", question=OBESITY) if row["rank"] is not None]
    highest = sorted(ranked, key=lambda row: -row["rank"])[:5]
    assert [row["state"] for row in highest] == ["West Virginia", "Kentucky", "Alabama", "Oklahoma", "Mississippi"]
    ohio = {row["year"]: row for row in real_table.ask("state_trend", question=OBESITY, state="OH")}
    assert [(ohio[year]["value"], ohio[year]["national"]) for year in (2011, 2021)] == [(29.6, 27.4), (37.8, 33.0)]
    changes = real_table.ask("change_between_years", question=OBESITY, first_year=2011, last_year=2021)
    assert [row["state"] for row in changes if row["q"] is not None and row["q"] >= 0.05] == ["District of Columbia"]
    profile = real_table.ask("state_profile", question=OBESITY, state="MS", year=2021)
    incomes = [row for row in profile if row["category"] == "Income" and "$" in row["segment"]]
    assert len(incomes) == 6
    assert max(row["low"] for row in incomes) < min(row["high"] for row in incomes)
