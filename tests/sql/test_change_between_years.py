"""Changes between two survey years against scipy and statsmodels, on the sample and on the CDC's own table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from tests.sql.test_pooled_means import Z, close, errors
from tests.tables import Table

QUESTIONS = ["Q018", "Q036", "Q043", "Q046", "Q047"]
TERRITORIES = ["GU", "PR", "VI"]
LOW, HIGH = "Low_Confidence_Limit", "High_Confidence_Limit "
YEARS = [("Q036", 2014, 2016), ("Q046", 2015, 2019), ("Q047", 2018, 2020)]


def both_years(table: Table, question: str, first: int, last: int) -> pd.DataFrame:
    """The published rows of all adults in both years, by place: `base` and `final`, with their standard errors."""
    rows = table.rows(question)
    rows = rows[rows.Stratification1 == "Total"].dropna(subset=["Data_Value"])
    rows = rows.assign(error=errors(rows)).set_index("LocationDesc")
    sides = [rows[rows.YearStart == year] for year in (first, last)]
    both: pd.DataFrame = pd.concat(sides, axis=1, keys=["base", "final"], join="inner")
    return both


@pytest.mark.parametrize("question", QUESTIONS)
def test_change_between_years(table: Table, question: str) -> None:
    """The later figure less the earlier one with its limits, the test of it, and whether the intervals are apart."""
    years = table.rows(question).YearStart
    for first, last in ((years.min(), years.max()), (years.max(), years.min())):
        both = both_years(table, question, first, last)
        difference = both["final"].Data_Value - both["base"].Data_Value
        error = np.hypot(both["base"].error, both["final"].error)
        expected = pd.DataFrame(
            {
                "change": difference.round(1),
                "low": difference - Z * error,
                "high": difference + Z * error,
                "standard_error": error,
                "z": difference / error,
                "p": 2 * norm.sf(abs(difference / error)),
            }
        )
        rows = table.ask("change_between_years", question=question, first_year=int(first), last_year=int(last))
        answers = pd.DataFrame(rows).set_index("state")
        assert set(answers.index) == set(table.states)
        changed = answers.loc[both.index]
        for name in expected:
            assert changed[name].to_numpy(dtype=float) == close(expected[name].to_numpy())
        latest_low = np.maximum(both["base"][LOW], both["final"][LOW])
        assert list(changed.apart) == list(latest_low > np.minimum(both["base"][HIGH], both["final"][HIGH]))
        assert list(changed.last_sample_size) == list(both["final"].Sample_Size)
        assert answers.drop(both.index).change.isna().all()


@pytest.mark.parametrize("territories", [False, True])
@pytest.mark.parametrize(
    ("question", "first", "last"), [("Q036", 2014, 2016), ("Q046", 2015, 2019), ("Q047", 2018, 2020)]
)
def test_change_between_years_adjusts_p(
    table: Table, question: str, first: int, last: int, *, territories: bool
) -> None:
    """By Benjamini and Hochberg, over the places that are tested; National never is."""
    both = both_years(table, question, first, last)
    counted = both["base"].LocationAbbr != "US"
    if not territories:
        counted &= ~both["base"].LocationAbbr.isin(TERRITORIES)
    asked = {"question": question, "first_year": first, "last_year": last, "territories": territories}
    answers = pd.DataFrame(table.ask("change_between_years", **asked)).set_index("state")
    tested = answers.loc[both.index[counted]]
    assert tested.q.to_numpy() == close(multipletests(tested.p, method="fdr_bh")[1])
    assert answers.drop(tested.index).q.isna().all()


def test_change_between_years_has_every_place_in_order(table: Table) -> None:
    """Equal changes by name; last those without a change, with the reason."""
    answers = table.ask("change_between_years", question="Q036", first_year=2011, last_year=2021)
    keys = [(answer["change"] is None, answer["change"] or 0, answer["state"]) for answer in answers]
    assert keys == sorted(keys)
    lacking = {answer["state"]: answer for answer in answers if answer["change"] is None}
    assert set(lacking) == {"Florida", "Guam", "Puerto Rico", "Virgin Islands"}
    assert (lacking["Florida"]["first_status"], lacking["Florida"]["last_status"]) == ("published", "not surveyed")


def test_change_between_a_year_and_itself_is_not_tested(table: Table) -> None:
    """A figure does not differ from itself, which is no evidence of anything."""
    for answer in table.ask("change_between_years", question="Q036", first_year=2019, last_year=2019):
        assert answer["change"] in (0, None)
        assert (answer["standard_error"], answer["p"], answer["q"]) == (None, None, None)


@pytest.mark.parametrize(
    ("question", "first", "last", "differ"),
    [("Q047", 2019, 2020, True), ("Q047", 2018, 2020, False), ("Q047", 2017, 2019, False), ("Q036", 2019, 2020, False)],
)
def test_change_between_years_warns_of_questionnaires_that_differ(
    table: Table, question: str, first: int, last: int, *, differ: bool
) -> None:
    """Where other questions of the topic were asked in one year than in the other."""
    asked = {"question": question, "first_year": first, "last_year": last}
    [note] = table.answer("change_between_years", **asked).provenance.notes
    assert ("Q043, Q044, Q045, Q046, Q047 in 2019, and Q047 in 2020" in note) == differ


@pytest.mark.real
def test_inactivity_is_higher_where_the_whole_topic_was_asked(real_table: Table) -> None:
    """Q047 by 2.8 points on average, in all places but one: what the warning is for."""
    rows = real_table.rows("Q047")
    rows = rows[rows.Stratification1 == "Total"]
    whole = rows.YearStart.isin(real_table.rows("Q043").YearStart)
    means = rows.groupby(["LocationDesc", whole]).Data_Value.mean().unstack()
    differences = (means[True] - means[False]).dropna()
    assert differences.mean() == pytest.approx(2.76, abs=0.005)
    assert ((differences > 0).sum(), len(differences)) == (53, 54)


def test_change_between_years_says_which_territories_are_not_counted(table: Table) -> None:
    """Those that have a change."""
    asked = {"question": "Q047", "first_year": 2018, "last_year": 2020}
    [note] = table.answer("change_between_years", **asked).provenance.notes
    assert "Territories left out of the adjustment of p: Guam, Puerto Rico" in note
    [note] = table.answer("change_between_years", **asked, territories=True).provenance.notes
    assert "p is adjusted for territories too: Guam, Puerto Rico." in note
