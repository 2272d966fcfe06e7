"""A state's report against pandas and scipy, on the sample and on the CDC's own table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, rankdata

from service.errors import NotFound
from tests.sql.test_pooled_means import Z, close, errors
from tests.sql.test_ranking import HIGHER_IS_BETTER, TERRITORIES, rank_interval, ranked_places, totals
from tests.tables import Table

STATES = ["OH", "FL", "VI", "PR", "US"]
TOPICS = {"Q018": "fruit", "Q019": "fruit", "Q036": "weight", "Q037": "weight"}


def published(table: Table, state: str, question: str) -> pd.DataFrame:
    """A place's figures of all adults by year."""
    rows = table.rows(question).dropna(subset=["Data_Value"])
    rows = rows[(rows.StratificationID1 == "OVERALL") & (rows.LocationAbbr == state)]
    return rows.assign(error=errors(rows)).set_index("YearStart").sort_index()


def asked_in(table: Table, question: str) -> dict[Any, set[str]]:
    """By year the questions of its topic that have a published figure."""
    topic = [code for code in table.questions if TOPICS.get(code) == TOPICS.get(question)]
    rows = table.frame.dropna(subset=["Data_Value"]).drop_duplicates(["QuestionID", "YearStart"])
    return {year: {*codes} for year, codes in rows[rows.QuestionID.isin(topic)].groupby("YearStart").QuestionID}


def expected_change(table: Table, own: pd.DataFrame, question: str, year: int) -> list[Any]:
    """The first year with the same questions, the change since, and its limits."""
    asked = asked_in(table, question)
    first = next((each for each in own.index if each < year and asked[each] == asked[year]), None)
    if first is None:
        return [None] * 4
    change = own.Data_Value[year] - own.Data_Value[first]
    half = Z * np.hypot(own.error[year], own.error[first])
    return [first, round(change, 1), close(change - half), close(change + half)]


@pytest.mark.parametrize("state", STATES)
def test_figures_and_changes(table: Table, state: str) -> None:
    """Each question once, with the newest figure of the state, and its change since the first comparable year."""
    answers = table.ask("state_report", state=state)
    assert [answer["code"] for answer in answers] == sorted(table.questions)
    for answer in answers:
        code = answer["code"]
        own = published(table, state, code)
        assert answer["question"] == table.questions[code]
        if own.empty:
            assert answer["year"] == published(table, "US", code).index.max()
            assert (answer["value"], answer["change"], answer["status"] != "published") == (None, None, True)
            continue
        year = own.index.max()
        assert (answer["year"], answer["status"]) == (year, "published")
        row = own.loc[year]
        names = ["Data_Value", "Low_Confidence_Limit", "High_Confidence_Limit ", "Sample_Size"]
        assert [answer[name] for name in ("value", "low", "high", "sample_size")] == [*row[names]]
        assert answer["standard_error"] == close(row.error)
        found = [answer[name] for name in ("change_since", "change", "change_low", "change_high")]
        assert found == expected_change(table, own, code, year)


@pytest.mark.parametrize("state", STATES)
def test_the_difference_from_national(table: Table, state: str) -> None:
    """In the figure's own year, with z and p; National has none from itself."""
    for answer in table.ask("state_report", state=state):
        rows = totals(table, answer["code"], answer["year"]).set_index("LocationAbbr")
        national = rows.loc["US"]
        assert answer["national"] == national.Data_Value
        found = [answer[name] for name in ("difference", "z", "p")]
        if state == "US" or state not in rows.index:
            assert found == [None] * 3
        else:
            difference = rows.Data_Value[state] - national.Data_Value
            z = difference / np.hypot(rows.error[state], national.error)
            assert found == [round(difference, 1), close(z), close(2 * norm.sf(abs(z)))]


@pytest.mark.parametrize("territories", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_ranks(table: Table, state: str, territories: bool) -> None:
    """Scipy's rank in the figure's own year, and the marginal interval; none for National, nor for territories."""
    for answer in table.ask("state_report", state=state, territories=territories):
        code = answer["code"]
        rows = ranked_places(totals(table, code, answer["year"]), territories=territories)
        is_lower = code not in HIGHER_IS_BETTER
        ranks = dict(
            zip(rows.LocationAbbr, rankdata(rows.Data_Value * (1 if is_lower else -1), method="min"), strict=True)
        )
        assert state not in {"US", *([] if territories else TERRITORIES)} & {*ranks}
        found = [answer[name] for name in ("rank", "rank_low", "rank_high", "of_states")]
        if state in ranks:
            place = rows.index[rows.LocationAbbr == state][0]
            interval = rank_interval(rows, place, norm.ppf(0.975), lower_is_better=is_lower)
            assert found == [ranks[state], *interval, len(rows)]
        else:
            assert found == [None] * 4
        assert answer["better_is"] == ("lower" if is_lower else "higher")


def test_it_agrees_with_the_ranking(table: Table) -> None:
    """The same rank and marginal interval stand in both."""
    [answer] = [row for row in table.ask("state_report", state="OH", year=2017) if row["code"] == "Q018"]
    [row] = [row for row in table.ask("ranking", question="Q018", year=2017) if row["state"] == "Ohio"]
    names = ["rank", "rank_low", "rank_high", "value", "low", "high", "standard_error", "sample_size", "reliability"]
    assert [answer[name] for name in names] == [row[name] for name in names]


@pytest.mark.parametrize(
    ("state", "year", "status"), [("NJ", 2019, "not surveyed"), ("OH", 2018, "not asked"), ("VI", 2017, "not surveyed")]
)
def test_what_is_missing_says_why(table: Table, state: str, year: int, status: str) -> None:
    """Each question has a row in every year of the table."""
    answers = {row["code"]: row for row in table.ask("state_report", state=state, year=year)}
    assert sorted(answers) == sorted(table.questions)
    row = answers["Q018"]
    assert (row["year"], row["status"]) == (year, status)
    assert {row[name] for name in ("value", "difference", "rank", "change", "change_since")} == {None}


def test_a_year_that_the_table_lacks_has_no_answer(table: Table) -> None:
    """Rather than a page of nulls."""
    with pytest.raises(NotFound):
        table.answer("state_report", state="OH", year=2099)
