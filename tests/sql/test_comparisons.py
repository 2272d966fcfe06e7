"""The further statistics against pandas and scipy, on the sample and on the CDC's own table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit, logit

from service.settings import ROOT
from tests.sql.test_pooled_means import errors
from tests.tables import Table

DATA = ROOT / "data"
QUESTIONS = ["Q018", "Q036", "Q043", "Q046", "Q047"]
TERRITORIES = ["GU", "PR", "VI"]
WHY_NOT = ["suppressed", "not surveyed", "not asked"]


def total(table: Table, question: str) -> pd.DataFrame:
    """The rows of all adults, one for each place and year."""
    rows: pd.DataFrame = table.rows(question)
    return rows.loc[rows.Stratification1 == "Total"]


def newest(table: Table, question: str) -> pd.DataFrame:
    """The published rows of all adults in the newest year."""
    rows = total(table, question).dropna(subset=["Data_Value"])
    found: pd.DataFrame = rows.loc[rows.YearStart == rows.YearStart.max()]
    return found


def states(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the 50 states and DC."""
    return rows.loc[~rows.LocationAbbr.isin(["US", *TERRITORIES])]


def places(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the states, DC and the territories."""
    return rows.loc[rows.LocationAbbr != "US"]


def close(value: Any) -> Any:
    return pytest.approx(value, rel=0, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("question", QUESTIONS)
def test_trend(table: Table, question: str) -> None:
    """Each year's plain mean over the states, with the territories on request; of one place and segment by name."""
    rows = table.rows(question)
    for places, given in ((states(rows), {}), (rows[rows.LocationAbbr != "US"], {"territories": True})):
        expected = places.groupby("YearStart").Data_Value.mean()
        answer = table.ask("trend", question=question, **given)
        assert answer == close({str(year): mean for year, mean in expected.items()})
    ohio = rows[(rows.LocationAbbr == "OH") & (rows.Stratification1 == "Male")].set_index("YearStart").Data_Value
    answer = table.ask("trend", question=question, state="OH", segment="MALE")
    assert answer == close({str(year): value for year, value in ohio.sort_index().items()})


@pytest.mark.parametrize("question", QUESTIONS)
def test_state_trend(table: Table, question: str) -> None:
    """In every year of the question the state's figure or none, the national one, and the mean of the states."""
    rows = total(table, question)
    answers = table.ask("state_trend", question=question, state="NJ")
    assert [answer["year"] for answer in answers] == sorted(set(rows.YearStart))
    for answer in answers:
        year = rows[rows.YearStart == answer["year"]]
        own = year[year.LocationAbbr == "NJ"].dropna(subset=["Data_Value"]).to_dict("records")
        expected = (own[0]["Data_Value"], own[0]["Sample_Size"], "published") if own else (None, None, "not surveyed")
        assert (answer["value"], answer["sample_size"], answer["status"]) == expected
        assert answer["national"] == year[year.LocationAbbr == "US"].Data_Value.iloc[0]
        assert answer["states_mean"] == close(states(year).Data_Value.mean())


@pytest.mark.parametrize("category", ["Total", "Income"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_weighted_mean(table: Table, question: str, category: str) -> None:
    """Numpy's weighted average, with the standard errors of the published limits pooled."""
    rows = table.rows(question).dropna(subset=["Data_Value"])
    rows = rows[rows.StratificationCategory1 == category]
    answers = table.ask("weighted_mean", question=question, category=category)
    assert sorted(answer["state"] for answer in answers) == table.states
    assert {answer["state"] for answer in answers if answer["mean"] is not None} == set(rows.LocationDesc)
    for answer in answers:
        if answer["mean"] is None:
            continue
        of_state = rows[rows.LocationDesc == answer["state"]]
        size = of_state.Sample_Size
        mean = np.average(of_state.Data_Value, weights=size)
        error = np.sqrt(((size * errors(of_state)) ** 2).sum()) / size.sum()
        half = stats.norm.ppf(0.975) * error / (mean * (1 - mean / 100))
        limits = 100 * expit(logit(mean / 100) + np.array([-half, half]))
        assert answer["mean"] == close(mean)
        assert [answer["low"], answer["high"]] == pytest.approx(list(limits), abs=1e-6, nan_ok=True)
        assert (answer["sample_size"], answer["published"]) == (size.sum(), len(of_state))


@pytest.mark.parametrize("question", QUESTIONS)
def test_total_by_state(table: Table, question: str) -> None:
    """The published figures of the newest year, to the letter, and the places that have none."""
    answers = table.ask("total_by_state", question=question)
    assert sorted(answer["state"] for answer in answers) == table.states
    assert {answer["status"] for answer in answers if answer["value"] is None} <= {*WHY_NOT}
    rows = newest(table, question).set_index("LocationDesc")
    published = {answer["state"]: answer for answer in answers if answer["value"] is not None}
    assert set(published) == set(rows.index)
    for state, answer in published.items():
        row = rows.loc[state]
        assert (answer["value"], answer["low"], answer["high"]) == tuple(
            row[["Data_Value", "Low_Confidence_Limit", "High_Confidence_Limit "]]
        )
        assert (answer["sample_size"], answer["year"]) == (row.Sample_Size, row.YearStart)


@pytest.mark.parametrize("question", QUESTIONS)
def test_rank_of_state(table: Table, question: str) -> None:
    """Scipy's ranks of the states, from the question's better end."""
    rows = states(newest(table, question))
    lower = question in {"Q018", "Q036", "Q047"}
    ranks = stats.rankdata(rows.Data_Value if lower else -rows.Data_Value, method="min")
    for state, rank in zip(rows.LocationDesc, ranks, strict=True):
        answer = table.ask("rank_of_state", question=question, state=state)
        assert (answer["rank"], answer["of_states"]) == (rank, len(rows))
        assert answer["tied"] == (rows.Data_Value == answer["value"]).sum() - 1
    for place in ("US", "PR"):
        assert table.ask("rank_of_state", question=question, state=place)["rank"] is None


@pytest.mark.parametrize("question", QUESTIONS)
def test_compare_states(table: Table, question: str) -> None:
    """The figures of the states that are named, and of no other, in each year of the question, published or not."""
    rows = total(table, question)
    answers = table.ask("compare_states", question=question, states=["ohio", "GU", "National"])
    years = sorted(set(rows.YearStart))
    assert [(a["state"], a["year"]) for a in answers] == [
        (name, year) for name in ("Guam", "National", "Ohio") for year in years
    ]
    published = rows.dropna(subset=["Data_Value"])
    expected = {(row.LocationDesc, row.YearStart): row.Data_Value for row in published.itertuples()}
    for answer in answers:
        assert answer["value"] == expected.get((answer["state"], answer["year"]))
        assert (answer["status"] == "published") == (answer["value"] is not None)


def test_coverage(table: Table) -> None:
    """Every figure that could be there is of one kind."""
    frame = table.frame.dropna(subset=["Stratification1"])
    surveyed = set(map(tuple, frame.dropna(subset=["Data_Value"])[["LocationDesc", "YearStart"]].to_numpy()))
    is_surveyed = [key in surveyed for key in zip(frame.LocationDesc, frame.YearStart, strict=True)]
    asked = frame[is_surveyed].groupby(["QuestionID", "YearStart"])
    strata = frame.groupby(["QuestionID", "YearStart"]).Stratification1.nunique()
    answers = table.ask("coverage")
    assert len(answers) == len(strata)
    for answer in answers:
        of_survey = asked.get_group((answer["code"], answer["year"]))
        assert (answer["asked"], answer["published"]) == (len(of_survey), of_survey.Data_Value.count())
        assert answer["suppressed"] == of_survey.Data_Value.isna().sum()
        assert answer["suppressed_share"] == close(of_survey.Data_Value.isna().mean())
        assert answer["locations"] == of_survey.LocationDesc.nunique()
        there = {name for name, year in surveyed if year == answer["year"]}
        segments = strata[answer["code"], answer["year"]]
        assert answer["not_surveyed"] == (len(table.states) - len(there)) * segments
        assert answer["not_asked"] == len(there) * segments - len(of_survey)


@pytest.mark.parametrize("question", QUESTIONS)
def test_coverage_names_the_places_that_lack(table: Table, question: str) -> None:
    """The places of which nothing is published in a year, whether asked or not; also of one place alone."""
    published = table.rows(question).dropna(subset=["Data_Value"])
    everywhere = set(table.frame.LocationAbbr)
    for answer in table.ask("coverage", question=question):
        there = set(published[published.YearStart == answer["year"]].LocationAbbr)
        assert answer["missing"] == sorted(everywhere - there)
    of_islands = published[published.LocationAbbr == "VI"].groupby("YearStart").size()
    for answer in table.ask("coverage", question=question, state="VI"):
        count = of_islands.get(answer["year"], 0)
        assert (answer["published"], answer["missing"]) == (count, [] if count else ["VI"])


def test_questions(table: Table) -> None:
    """Each question once, with the years that it was asked in."""
    years = table.frame.groupby("QuestionID").YearStart.unique().map(sorted).to_dict()
    answers = table.ask("questions")
    assert [(a["code"], a["question"]) for a in answers] == list(table.questions.items())
    assert {a["code"]: a["years"] for a in answers} == years
    facts = pd.read_csv(DATA / "questions.csv").set_index("QuestionID")
    assert {a["code"]: (a["topic"], a["better"]) for a in answers} == {
        code: (fact.Topic, fact.better) for code, fact in facts.iterrows()
    }


@pytest.mark.parametrize("state", ["OH", "FL", "GU", "US"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_state_profile(table: Table, question: str, state: str) -> None:
    """Every segment in the order of data/strata.csv, beside the plain mean of the states and DC."""
    rows = table.rows(question).dropna(subset=["Stratification1"])
    of_state = rows[rows.LocationAbbr == state]
    year = of_state.dropna(subset=["Data_Value"]).YearStart.max()
    rows, of_state = rows[rows.YearStart == year], of_state[of_state.YearStart == year].set_index("Stratification1")
    answers = table.ask("state_profile", question=question, state=state)
    order = pd.read_csv(DATA / "strata.csv").Stratification1
    assert [answer["segment"] for answer in answers] == [segment for segment in order if segment in of_state.index]
    means = states(rows).groupby("Stratification1").Data_Value.mean()
    for answer in answers:
        row, mean = of_state.loc[answer["segment"]], means[answer["segment"]]
        limits = ["Data_Value", "Low_Confidence_Limit", "High_Confidence_Limit "]
        found = [answer[name] for name in ("state_value", "low", "high", "all_states", "difference")]
        expected = [*row[limits], mean, row.Data_Value - mean]
        assert [np.nan if value is None else value for value in found] == close(expected)
        assert (answer["category"], answer["year"]) == (row.StratificationCategory1, year)


def test_every_statistic_is_tested(table: Table) -> None:
    """A new file in sql/ brings its test."""
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert {*table.catalog.statistics} <= {*re.findall(r"\"(\w+)\"", tests)}
