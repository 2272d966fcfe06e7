"""Obesity as the CDC's Adult Obesity Prevalence Maps state it, from each statistic that gives it."""

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

OF_2017 = """
    AL 36.3 AK 34.2 AZ 29.5 AR 35.0 CA 25.1 CO 22.6 CT 26.9 DE 31.8 FL 28.4 GA 31.6 GU 34.3 HI 23.8 ID 29.3 IL 31.1
    IN 33.6 IA 36.4 KS 32.4 KY 34.3 LA 36.2 ME 29.1 MD 31.3 MA 25.9 MI 32.3 MN 28.4 MS 37.3 MO 32.5 MT 25.3 NE 32.8
    NV 26.7 NH 28.1 NJ 27.3 NM 28.4 NY 25.7 NC 32.1 ND 33.2 OH 33.8 OK 36.5 OR 29.4 PA 31.6 PR 32.9 RI 30.0 SC 34.1
    SD 31.9 TN 32.8 TX 33.0 UT 25.3 VT 27.6 VA 30.1 WA 27.7 WV 38.1 WI 32.0 WY 28.8
"""
"""The states and territories, by *Racial and Ethnic Disparities in Adult Obesity in the United States: CDC's Tracking
to Inform State and Local Action*, Preventing Chronic Disease 16 (2019); DC is 22.9 there, and 23.0 in the table."""
POOLED = {"Non-Hispanic Black": 38.4, "Hispanic": 32.6, "Non-Hispanic White": 28.6}
"""Of the nation in 2015 to 2017."""


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


def test_the_states_of_2017(real_table: Table) -> None:
    """Each as the CDC states it."""
    words = OF_2017.split()
    published = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    values = by("abbreviation", "value", real_table.ask("total_by_state", question=OBESITY, year=2017))
    assert {place: values[place] for place in published} == published
    assert {place for place in values if values[place] is not None} - {*published} == {"DC", "US"}


@pytest.mark.parametrize("segment", POOLED)
def test_three_years_together(real_table: Table, segment: str) -> None:
    """Within a tenth, as figures of one decimal leave it open."""
    years = {"since": 2015, "until": 2017}
    means = by(
        "segment", "mean", real_table.ask("mean_over_years", question=OBESITY, state="US", category="RACE", **years)
    )
    values = real_table.ask("segment_by_state", question=OBESITY, segment=segment, year=2017, years=3)
    assert by("state", "value", values)["National"] == means[segment] == pytest.approx(POOLED[segment], abs=0.1)
