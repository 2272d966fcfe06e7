"""Slopes over the survey years against statsmodels, on the sample and on the CDC's own table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from tests.sql.test_pooled_means import close, errors
from tests.tables import Table


def totals(table: Table, question: str) -> pd.DataFrame:
    rows = table.rows(question)
    rows = rows[rows.Stratification1 == "Total"].dropna(subset=["Data_Value"])
    found: pd.DataFrame = rows.assign(error=errors(rows)).sort_values("YearStart")
    return found


@pytest.mark.parametrize("question", ["Q018", "Q036", "Q046", "Q047"])
def test_slope(table: Table, question: str) -> None:
    """The weighted regression of each place; its error is at least that of the published standard errors alone."""
    rows = totals(table, question)
    answers = {answer["state"]: answer for answer in table.ask("slope", question=question)}
    assert set(answers) == set(table.states)
    for state, own in rows.groupby("LocationDesc"):
        answer = answers[state]
        assert answer["years"] == list(own.YearStart)
        if len(own) > 2:
            model = sm.WLS(own.Data_Value, sm.add_constant(own.YearStart - 2016), 1 / own.error**2)
            free, fixed = model.fit(), model.fit(cov_type="fixed scale", cov_kwds={"scale": 1})
            slope, error, df = free.params.YearStart, max(free.bse.YearStart, fixed.bse.YearStart), len(own) - 2
            half = stats.t.ppf(0.975, df) * error
            expected = [slope, error, slope - half, slope + half, 2 * stats.t.sf(abs(slope / error), df)]
            assert [answer[name] for name in ("slope", "standard_error", "low", "high", "p")] == close(expected)
            scatter = free.scale * df
            assert answer["heterogeneity_q"] == pytest.approx(scatter, rel=1e-6, abs=1e-9)
            assert answer["heterogeneity_p"] == close(stats.chi2.sf(scatter, df))


def test_slope_is_as_wide_as_the_regression_where_years_scatter(table: Table) -> None:
    """Statsmodels' own limits, in the places whose years lie further from the line than their errors explain."""
    rows = totals(table, "Q047")
    scattered = [answer for answer in table.ask("slope", question="Q047") if (answer["heterogeneity_p"] or 1) < 0.05]
    assert len(scattered) > 40
    for answer in scattered:
        own = rows[rows.LocationDesc == answer["state"]]
        fit = sm.WLS(own.Data_Value, sm.add_constant(own.YearStart - 2016), 1 / own.error**2).fit()
        assert [answer["low"], answer["high"]] == close(list(fit.conf_int().loc["YearStart"]))


def test_slope_of_two_years_has_no_limits(table: Table) -> None:
    """Two points always lie on a line."""
    [answer] = table.ask("slope", question="Q036", state="OH", since=2018, until=2019)
    own = totals(table, "Q036").query("LocationAbbr == 'OH' and YearStart in (2018, 2019)")
    assert answer["slope"] == close(np.diff(own.Data_Value)[0])
    assert answer["standard_error"] == close(np.hypot(*own.error))
    assert [answer[name] for name in ("low", "high", "p", "heterogeneity_q", "heterogeneity_p")] == [None] * 5


def test_slope_says_why_there_is_none(table: Table) -> None:
    """The Virgin Islands were not surveyed in 2017 and 2018; such places come last."""
    *_, last = table.ask("slope", question="Q036", since=2017, until=2018)
    assert last["state"] == "Virgin Islands"
    assert (last["slope"], last["years"], last["status"]) == (None, [], "not surveyed")


def test_slope_warns_of_questionnaires_that_differ(table: Table) -> None:
    """Inactivity was asked with the whole topic in some years, and alone in others."""
    [note] = table.answer("slope", question="Q047", since=2011, until=2014).provenance.notes
    assert note.endswith("were: Q043, Q044, Q045, Q046, Q047 in 2011, 2013; Q047 in 2012, 2014.")
    assert not table.answer("slope", question="Q036").provenance.notes
