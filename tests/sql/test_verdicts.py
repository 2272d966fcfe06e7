"""The verdicts in conclusions on changes, pairs, groups and slopes, computed again with scipy from the table's rows."""

from __future__ import annotations

from itertools import combinations
from math import hypot
from typing import Any

import pytest
from scipy.stats import chi2, false_discovery_control

from tests.sql.conclusions import NOT_STATES, concluded, judged, p_of, shown, totals
from tests.sql.test_pooled_means import errors
from tests.tables import Table

PLACES = {"Q018": ("New Jersey", "Florida"), "Q036": ("Ohio", "Iowa"), "Q047": ("Guam", "Utah")}


def moved(name: str, first: Any, last: Any) -> str:
    change = last.Data_Value - first.Data_Value
    return f"{name} {'rose' if change > 0 else 'fell'} {abs(change):.1f} points"


@pytest.mark.parametrize("question", PLACES)
@pytest.mark.parametrize("number", [0, 1])
def test_the_change_of_a_state_beside_the_nation(table: Table, question: str, number: int) -> None:
    """From its first to its last year, each tested, and the difference of the two changes."""
    state = PLACES[question][number]
    rows = totals(table, question).set_index(["LocationDesc", "YearStart"])
    years = sorted(rows.loc[state].index)
    (first, last), (before, after) = (
        [rows.loc[place, year] for year in (years[0], years[-1])] for place in (state, "National")
    )
    own, nation = last.Data_Value - first.Data_Value, after.Data_Value - before.Data_Value
    if p_of(own, first.error, last.error) < 0.05:
        begin = (
            f"{moved(state, first, last)}, from {first.Data_Value:.1f}% in {years[0]} to "
            f"{last.Data_Value:.1f}% in {years[-1]}"
        )
    else:
        begin = (
            f"{state}'s {last.Data_Value:.1f}% in {years[-1]} is not distinguishable from its "
            f"{first.Data_Value:.1f}% in {years[0]}"
        )
    middle = moved("National", before, after)
    if p_of(nation, before.error, after.error) >= 0.05:
        middle = f"National's {after.Data_Value:.1f}% is not distinguishable from its {before.Data_Value:.1f}%"
    end = f"{state}'s change is not distinguishable from National's"
    if p_of(own - nation, first.error, last.error, before.error, after.error) < 0.05:
        end = f"the two changes differ by {abs(own - nation):.1f} points"
    said, _ = concluded(table, "state_trend", question=question, state=state)
    assert said is not None
    assert said.removesuffix("; the questionnaires of the two years differ, which may be part of it.") == said or (
        question == "Q047"
    )
    assert said.startswith(f"{begin}; {middle}; {end}")


def test_one_year_is_no_change(table: Table) -> None:
    """There is no conclusion then."""
    assert concluded(table, "state_trend", question="Q036", state="OH", since=2021)[0] is None


@pytest.mark.parametrize("question", PLACES)
@pytest.mark.parametrize("places", [["OH", "CO"], ["WV", "KY"], ["OH", "IA", "US"], ["CO", "IA", "MS", "OH", "US"]])
def test_places_side_by_side(table: Table, question: str, places: list[str]) -> None:
    """A verdict on two; of more the order, and which pairs are not distinguishable after Bonferroni."""
    rows = totals(table, question, until=2020)
    rows = rows[rows.LocationAbbr.isin(places)]
    counts = rows.groupby("YearStart").LocationAbbr.count()
    year = counts[counts == len(places)].index.max()
    rows = rows[rows.YearStart == year].sort_values(["Data_Value", "LocationDesc"], ascending=[False, True])
    pairs = list(combinations(rows.itertuples(), 2))
    alike = [
        (one, other) for one, other in pairs
        if p_of(one.Data_Value - other.Data_Value, one.error, other.error) * len(pairs) >= 0.05
    ]  # fmt: skip
    said, _ = concluded(table, "compare_states", question=question, states=places, until=2020)
    if len(places) == 2:
        [(one, other)] = pairs
        verdict = "not distinguishable from" if alike else "higher than"
        assert said == f"In {year} {one.named} is {verdict} {other.named}."
        return
    named = sorted(f"{one.LocationDesc} is not distinguishable from {other.LocationDesc}" for one, other in alike)
    end = ", ".join(named) + ("; all other pairs differ" if len(alike) < len(pairs) else "")
    if not alike:
        end = "all differ from each other"
    elif len(alike) > 3:
        end = f"of {len(pairs)} pairs {len(alike)} are not distinguishable"
    assert said == f"In {year}, highest first: {', '.join(rows.named)}; {end}."


def many(count: int, noun: str = "") -> str:
    return f"1{noun} is" if count == 1 else f"{count}{noun and noun + 's'} are"


@pytest.mark.parametrize(
    ("question", "first", "last"), [("Q036", 2011, 2021), ("Q047", 2019, 2020), ("Q046", 2015, 2019)]
)
def test_how_many_states_changed(table: Table, question: str, first: int, last: int) -> None:
    """By their q, and National by its own test; questionnaires that differ are named."""
    said, rows = concluded(table, "change_between_years", question=question, first_year=first, last_year=last)
    sure = rows[rows.q < 0.05]
    national = rows[rows.state == "National"].iloc[0]
    nation = f"National {'rose' if national.change > 0 else 'fell'} {abs(national.change):.1f} points"
    if national.p >= 0.05:
        nation = f"National's {national.last_value:.1f}% is not distinguishable from its {national.first_value:.1f}%"
    assert said is not None
    assert said.startswith(
        f"Of the states and DC, {(sure.change > 0).sum()} rose from {first} to {last}, {(sure.change < 0).sum()} fell, "
        f"and {many((rows.q >= 0.05).sum())} not distinguishable from no change; {nation}"
    )
    assert said.endswith("questionnaires of the two years differ, which may be part of it.") == (question == "Q047")


@pytest.mark.parametrize("question", ["Q036", "Q046"])
def test_how_many_states_differ_from_national(table: Table, question: str) -> None:
    """By their verdicts, and how many lie outside the funnel."""
    said, rows = concluded(table, "versus_national", question=question, year=2019)
    verdicts, better = rows.verdict.value_counts(), (" (better)", " (worse)")
    assert said == (
        f"In 2019, of the states and DC, {verdicts['higher']} are higher{judged(question, 'higher', better)} than "
        f"National ({rows.national[0]:.1f}%), {verdicts['lower']} lower{judged(question, 'lower', better)}, and "
        f"{many(verdicts['not different'])} not distinguishable from it; {(rows.outside == '99.8%').sum()} lie outside "
        "the 99.8% limits of the funnel."
    )


@pytest.mark.parametrize(("state", "place"), [("MS", "Mississippi"), (None, "National")])
def test_segments_against_a_reference(table: Table, state: str | None, place: str) -> None:
    """Of one place, National without one: those that differ after Bonferroni, the farthest first."""
    given = {"question": "Q036", "category": "Education", "reference": "EDUCOGRAD", "year": 2019}
    said, rows = concluded(table, "disparity", **given, **({"state": state} if state else {}))
    rows = rows[rows.state == place].assign(named=lambda found: shown(found.segment, found.value))
    p, parts = rows.p * len(rows), []
    for begin, which, ascending in (
        ("higher are", (p < 0.05) & (rows.difference > 0), False),
        ("lower are", (p < 0.05) & (rows.difference < 0), True),
        ("not distinguishable from it are", p >= 0.05, False),
    ):
        if which.any():
            parts.append(f"{begin} {', '.join(rows[which].sort_values('difference', ascending=ascending).named)}")
    assert said == f"{place}, 2019, against College graduate ({rows.reference_value.iloc[0]:.1f}%): {'; '.join(parts)}."


@pytest.mark.parametrize(("category", "state"), [("Income", "MS"), ("GEN", "MS"), ("RACE", "US"), ("Education", "WY")])
def test_the_highest_and_the_lowest_segment(table: Table, category: str, state: str) -> None:
    """Scheffé's test tells them apart, which allows for all segments of the category."""
    said, rows = concluded(table, "gap_by_category", question="Q036", category=category, state=state, year=2019)
    [row] = rows.itertuples()
    verdict = "distinguishable from" if scheffe(table, row) < 0.05 else "but is not distinguishable from"
    assert said == (
        f"{row.state}, 2019: {row.highest_segment} ({row.highest:.1f}%) is highest (worst), {verdict} the lowest "
        f"(best), {row.lowest_segment} ({row.lowest:.1f}%)."
    )


def scheffe(table: Table, row: Any) -> float:
    """p of the difference of a row's two segments, of as many as it compares."""
    figures = table.rows("Q036", 2019, 2019).dropna(subset=["Data_Value"])
    figures = figures[figures.LocationDesc == row.state]
    figures = figures.assign(error=errors(figures)).set_index("Stratification1").error
    error = hypot(figures[row.highest_segment], figures[row.lowest_segment])
    return float(chi2.sf(((row.highest - row.lowest) / error) ** 2, row.compared - 1))


def test_in_how_many_states_segments_differ(table: Table) -> None:
    """Beside National's own sentence, with Bonferroni over the states."""
    said, rows = concluded(table, "gap_by_category", question="Q036", category="EDU", year=2019)
    states = rows[~rows.state.isin(NOT_STATES)].dropna(subset=["gap"])
    apart = sum(scheffe(table, row) * len(states) < 0.05 for row in states.itertuples())
    assert said is not None
    assert said.startswith("National, 2019: ")
    assert said.endswith(
        f"; in {apart} of {len(states)} places (states and DC) the highest is distinguishable from the lowest."
    )


@pytest.mark.parametrize("state", ["Ohio", "Guam", "National"])
def test_a_state_against_the_nation_and_its_groups(table: Table, state: str) -> None:
    """A z-test, and for each category the test that all its groups are alike, at 0.01 for five of them."""
    rows = table.rows("Q036", 2019, 2019).dropna(subset=["Data_Value"])
    rows = rows.assign(error=errors(rows), weight=1 / errors(rows) ** 2)
    total: Any = rows[rows.StratificationID1 == "OVERALL"].set_index("LocationDesc")
    own, nation = total.loc[state], total.loc["National"]
    difference = own.Data_Value - nation.Data_Value
    verdict = "higher than" if difference > 0 else "lower than"
    if p_of(difference, own.error, nation.error) >= 0.05:
        verdict = "not distinguishable from"
    begin = f"In 2019 {state} ({own.Data_Value:.1f}%) is {verdict} National ({nation.Data_Value:.1f}%)"
    if state == "National":
        begin = f"In 2019 National is at {own.Data_Value:.1f}%"
    ends: dict[bool, list[str]] = {True: [], False: []}
    groups = rows[(rows.LocationDesc == state) & (rows.StratificationID1 != "INCNR")]
    for category, found in groups.groupby("StratificationCategory1"):
        if len(found) > 1:
            mean = (found.weight * found.Data_Value).sum() / found.weight.sum()
            q = (found.weight * (found.Data_Value - mean) ** 2).sum()
            ends[bool(chi2.sf(q, len(found) - 1) < 0.01)].append(str(category).lower())
    parts = [begin]
    parts += [f"its groups differ by {', '.join(sorted(ends[True]))}"] if ends[True] else []
    parts += [f"groups are not distinguishable by {', '.join(sorted(ends[False]))}"] if ends[False] else []
    said, _ = concluded(table, "state_profile", question="Q036", state=state, year=2019)
    assert said == "; ".join(parts) + "."


@pytest.mark.parametrize(("question", "other"), [("Q036", "Q047"), ("Q018", "Q046"), ("Q044", "Q043")])
def test_how_two_questions_go_together(table: Table, question: str, other: str) -> None:
    """By the p of the linear correlation; questions that are tied by definition are said to be."""
    said, rows = concluded(table, "correlation", question=question, other=other)
    [row] = rows.itertuples()
    how = f"more of the one goes with {'more' if row.pearson > 0 else 'less'} of the other"
    if row.p >= 0.05:
        how = "the correlation is not distinguishable from 0"
    tied = ", but by definition the two are tied" if question == "Q044" else ""
    figures = f"r = {row.pearson:.2f} ({row.low:.2f} to {row.high:.2f})"
    assert said == f"Across {row.states} places (states and DC) {how}: {figures}{tied}."


@pytest.mark.parametrize("question", ["Q036", "Q047"])
def test_how_many_states_have_a_slope(table: Table, question: str) -> None:
    """After Benjamini's and Hochberg's adjustment over the states."""
    said, rows = concluded(table, "slope", question=question)
    rows = rows[~rows.state.isin(NOT_STATES)].dropna(subset=["p"])
    sure = rows[false_discovery_control(rows.p.astype(float)) < 0.05]
    assert said is not None
    assert said.startswith(
        f"Of the states and DC, {(sure.slope > 0).sum()} rose and {(sure.slope < 0).sum()} fell from 2011 to 2021, and "
        f"{many(len(rows) - len(sure), ' slope')} not distinguishable from 0"
    )


@pytest.mark.parametrize(("question", "state"), [("Q036", "Ohio"), ("Q047", "Utah"), ("Q036", "Guam")])
def test_the_slope_of_a_state(table: Table, question: str, state: str) -> None:
    """With its limits; a slope that may be chance is not distinguishable from 0."""
    said, rows = concluded(table, "slope", question=question, state=state)
    [row] = rows.itertuples()
    if row.p < 0.05:
        low, high = sorted([abs(row.low), abs(row.high)])
        move = "rose" if row.slope > 0 else "fell"
        expected = f"{state} {move} by {abs(row.slope):.2f} points a year ({low:.2f} to {high:.2f})"
    else:
        expected = f"{state}'s slope of {row.slope:.2f} points a year ({row.low:.2f} to {row.high:.2f})"
    assert said is not None
    assert said.startswith(f"{expected} from 20")
    assert ("not distinguishable from 0" in said) == (row.p >= 0.05)
