"""Who a conclusion says is highest and lowest, and who is not distinguishable from them, computed again with scipy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sql.conclusions import NOT_STATES, concluded, judged, p_of, shown, totals
from tests.sql.test_ranking import TERRITORIES
from tests.tables import Table


def extremes(question: str, rows: Any, among: str = "states and DC") -> str:
    """Who is highest and lowest of rows with `name`, `value` and `error`, and how many are not distinguishable."""
    rows = rows.assign(value=rows.value.round(9)).sort_values(["value", "name"]).reset_index(drop=True)
    named = shown(rows["name"], rows.value)
    last = len(rows) - 1

    def beside(end: int, others: list[int]) -> str:
        near = [
            other for other in others
            if not p_of(rows.value[other] - rows.value[end], rows.error[other], rows.error[end]) < 0.001
        ]  # fmt: skip
        if not near:
            return ", distinguishable from all others"
        more = {1: "is", 2: "and 1 other are"}.get(len(near), f"and {len(near) - 1} others are")
        return f"; {named[near[0]]} {more} not distinguishable from it"

    above, below = beside(last, [*range(last - 1, -1, -1)]), beside(0, [*range(1, last + 1)])
    return (
        f"{named[last]} is highest{judged(question, 'higher')} of the {among}{above}; "
        f"{named[0]} is lowest{judged(question, 'lower')}{below}"
    )


@pytest.mark.parametrize(("question", "year"), [("Q036", 2021), ("Q046", 2015), ("Q018", 2019)])
def test_highest_and_lowest_state(table: Table, question: str, year: int) -> None:
    """In total_by_state and ranking alike, without National and, unless they are asked for, the territories."""
    rows = totals(table, question, since=year, until=year)
    rows = rows.assign(name=rows.LocationDesc, value=rows.Data_Value)[rows.LocationAbbr != "US"]
    states = rows[~rows.LocationAbbr.isin(TERRITORIES)]
    for name in ("total_by_state", "ranking"):
        said, _ = concluded(table, name, question=question, year=year)
        assert said == f"In {year} {extremes(question, states)}."
    said, _ = concluded(table, "ranking", question=question, year=year, territories=True)
    assert said == f"In {year} {extremes(question, rows, 'states, DC and territories')}."


@pytest.mark.parametrize(
    ("name", "given", "column", "begin"),
    [
        ("segment_by_state", {"segment": "EDUCOGRAD", "year": 2021}, "value", "College graduate, 2021: "),
        ("segment_by_state", {"segment": "Male", "year": 2019, "years": 3}, "value", "Male, 2017\N{EN DASH}2019: "),
        ("mean_over_years", {"since": 2013, "until": 2017}, "mean", "Mean of 2013 to 2017: "),
        ("age_adjusted", {"year": 2019}, "adjusted", "In 2019, adjusted for age, "),
    ],
)
def test_highest_and_lowest_computed_figure(
    table: Table, name: str, given: dict[str, Any], column: str, begin: str
) -> None:
    """The same of a segment, of several years and of figures that are adjusted for age."""
    said, rows = concluded(table, name, question="Q036", **given)
    rows = rows.assign(name=rows.state, value=rows[column], error=rows.standard_error.astype(float))
    rows = rows[~rows.state.isin(NOT_STATES)].dropna(subset=["value"])
    assert said == f"{begin}{extremes('Q036', rows)}."


def test_a_single_place_has_its_figure(table: Table) -> None:
    """Of mean_over_years and age_adjusted; several segments of a mean have no conclusion."""
    said, rows = concluded(table, "mean_over_years", question="Q036", state="OH", since=2012)
    [row] = rows.itertuples()
    assert said == (
        f"Ohio: a mean of {row.mean:.1f}% ({row.low:.1f}\N{EN DASH}{row.high:.1f}) over {row.published} survey years "
        f"from {row.years[0]} to {row.years[-1]}."
    )
    assert concluded(table, "mean_over_years", question="Q036", category="GEN")[0] is None
    said, rows = concluded(table, "age_adjusted", question="Q036", state="OH", year=2017)
    [row] = rows.itertuples()
    limits = f"{row.low:.1f}\N{EN DASH}{row.high:.1f}"
    assert said == f"Ohio in 2017: {row.adjusted:.1f}% adjusted for age ({limits}), {row.crude:.1f}% crude."


@pytest.mark.real
def test_the_questions_that_bring_people_here(real_table: Table) -> None:
    """Who is highest, Ohio beside the nation, two neighbours, and incomes in Mississippi."""
    said, _ = concluded(real_table, "ranking", question="Q036", year=2021)
    assert str(said).startswith(
        "In 2021 West Virginia (40.6%) is highest (worst) of the states and DC; Kentucky (40.3%) and 8"
    )
    said, _ = concluded(real_table, "state_trend", question="Q036", state="OH")
    assert said == (
        "Ohio rose 8.2 points, from 29.6% in 2011 to 37.8% in 2021; National rose 5.6 points; the two changes differ "
        "by 2.6 points."
    )
    said, _ = concluded(real_table, "compare_states", question="Q036", states=["OH", "IA"])
    assert said == "In 2021 Ohio (37.8%) is not distinguishable from Iowa (36.4%)."
    said, _ = concluded(real_table, "gap_by_category", question="Q036", category="Income", state="MS")
    assert said == (
        "Mississippi, 2021: $15,000 - $24,999 (45.3%) is highest (worst), but is not distinguishable from the lowest "
        "(best), Less than $15,000 (39.7%)."
    )
