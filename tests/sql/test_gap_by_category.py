"""Gaps between segments against scipy, on the sample and on the CDC's own table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import integrate
from scipy.stats import chi2, norm

from service.errors import NotFound
from service.settings import ROOT
from tests.sql.test_pooled_means import errors
from tests.tables import Table

CATEGORIES = ["Education", "Income", "Race/Ethnicity"]
QUESTIONS = ["Q018", "Q036", "Q043", "Q046", "Q047"]
ORDER = list(pd.read_csv(ROOT / "data" / "strata.csv").Stratification1)


def segments(table: Table, question: str, category: str) -> pd.DataFrame:
    """The published segments of the newest year, with their standard errors where they have one."""
    rows = table.rows(question).dropna(subset=["Data_Value"])
    rows = rows[(rows.StratificationCategory1 == category) & (rows.Stratification1 != "Data not reported")]
    rows = rows[rows.YearStart == rows.YearStart.max()]
    inside = (rows.Low_Confidence_Limit > 0) & (rows["High_Confidence_Limit "] < 100)
    found: pd.DataFrame = rows.assign(error=errors(rows).where(inside))
    return found


def several(table: Table, question: str, category: str) -> dict[str, pd.DataFrame]:
    """The segments of each place that has more than one, by their names."""
    grouped = segments(table, question, category).groupby("LocationDesc")
    return {str(place): own.set_index("Stratification1") for place, own in grouped if len(own) > 1}


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_gap_by_category(table: Table, question: str, category: str) -> None:
    """The highest less the lowest figure of the newest year, with the limits and the sample sizes of both."""
    places = several(table, question, category)
    answers = {answer["state"]: answer for answer in table.ask("gap_by_category", question=question, category=category)}
    assert set(answers) == set(table.states)
    assert {state for state, answer in answers.items() if answer["gap"] is not None} == set(places)
    for state, own in places.items():
        answer = answers[state]
        values = own.Data_Value
        assert (answer["gap"], answer["compared"]) == (round(values.max() - values.min(), 1), len(own))
        ends = [values.index[values == end] for end in (values.max(), values.min())]
        for side, tied in zip(("highest", "lowest"), ends, strict=True):
            segment = min(tied, key=ORDER.index)
            row = own.loc[segment]
            assert (answer[f"{side}_segment"], answer[side]) == (segment, row.Data_Value)
            limits = [row.Low_Confidence_Limit, row["High_Confidence_Limit "], row.Sample_Size]
            assert [answer[f"{side}_{name}"] for name in ("low", "high", "sample_size")] == limits
        assert answer["apart"] == (answer["highest_low"] > answer["lowest_high"])


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("question", ["Q018", "Q036"])
def test_gap_by_category_tests_heterogeneity(table: Table, question: str, category: str) -> None:
    """Cochran's Q of the segments that have a standard error, and its p."""
    places = several(table, question, category)
    for answer in table.ask("gap_by_category", question=question, category=category):
        if answer["gap"] is not None:
            own = places[answer["state"]].dropna(subset=["error"])
            mean = np.average(own.Data_Value, weights=1 / own.error**2)
            q = (((own.Data_Value - mean) / own.error) ** 2).sum()
            assert answer["heterogeneity_q"] == pytest.approx(q, rel=1e-6, abs=1e-9)
            assert answer["heterogeneity_df"] == len(own) - 1
            assert answer["p"] == pytest.approx(chi2.sf(q, len(own) - 1), rel=1e-6, abs=1e-12)


def expected_range(deviations: np.ndarray) -> float:
    """Of normal values around one mean: the integral of the probability that a point lies within their range."""

    def within(x: float) -> float:
        below = norm.cdf(x / deviations)
        return float(1 - below.prod() - (1 - below).prod())

    return float(2 * integrate.quad(within, 0, 12 * deviations.max(), limit=200, epsabs=1e-9)[0])


@pytest.mark.parametrize("category", CATEGORIES)
def test_gap_by_category_expects_a_gap_by_chance(table: Table, category: str) -> None:
    """The mean range of values that differ by their standard errors alone; none where a segment has no error."""
    places = several(table, "Q036", category)
    for answer in table.ask("gap_by_category", question="Q036", category=category):
        if answer["gap"] is None or places[answer["state"]].error.isna().any():
            assert answer["expected_gap"] is None
        else:
            expected = expected_range(places[answer["state"]].error.to_numpy())
            assert answer["expected_gap"] == pytest.approx(expected, abs=1e-6)


def test_gap_by_category_expects_what_draws_give(table: Table) -> None:
    """A hundred thousand draws of segments that are alike."""
    [answer] = [
        row for row in table.ask("gap_by_category", question="Q036", category="Education") if row["state"] == "Ohio"
    ]
    deviations = several(table, "Q036", "Education")["Ohio"].error.to_numpy()
    draws = np.random.default_rng(1).normal(0, deviations, (100_000, len(deviations)))
    assert answer["expected_gap"] == pytest.approx(np.ptp(draws, axis=1).mean(), rel=0.01)


def test_gap_by_category_says_how_much_of_the_gaps_is_chance(table: Table) -> None:
    """Averages over the states."""
    answer = table.answer("gap_by_category", question="Q036", category="Income")
    rows = pd.DataFrame(answer.shape(answer.result.rows()))
    rows = rows[~rows.state.isin(["National", "Guam", "Puerto Rico", "Virgin Islands"])].dropna(subset=["expected_gap"])
    [note] = answer.provenance.notes
    assert f"gaps average {rows.gap.mean():.1f} points" in note
    assert note.endswith(f"make them {rows.expected_gap.mean():.1f}.")


@pytest.mark.real
def test_most_of_the_gaps_in_overweight_is_chance(real_table: Table) -> None:
    """13.6 points are seen between races and ethnicities in 2021, and 11.3 expected of segments that are alike."""
    rows = pd.DataFrame(real_table.ask("gap_by_category", question="Q037", category="Race/Ethnicity", year=2021))
    assert (round(rows.gap.mean(), 1), round(rows.expected_gap.mean(), 1)) == (13.6, 11.3)


def test_gap_by_category_says_why_there_is_none(table: Table) -> None:
    """Such places come last."""
    *_, last = table.ask("gap_by_category", question="Q036", category="Race/Ethnicity", year=2018)
    assert last["state"] == "Virgin Islands"
    assert (last["gap"], last["compared"], last["status"]) == (None, 0, "not surveyed")


def test_one_segment_has_no_gap(table: Table) -> None:
    """The category Total has but one segment, which is no gap of 0."""
    with pytest.raises(NotFound, match="nothing is published for question"):
        table.ask("gap_by_category", question="Q036", category="Total")
