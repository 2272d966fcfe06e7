"""Ranks and their intervals against loops over all pairs of places, on the sample and on the CDC's own table."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from scipy.stats import norm, rankdata

from tests.sql.test_pooled_means import errors
from tests.tables import Table

HIGHER_IS_BETTER = {"Q043", "Q044", "Q045", "Q046"}
TERRITORIES = ["GU", "PR", "VI"]


def totals(table: Table, question: str, year: int) -> pd.DataFrame:
    """The published figures of all adults by place, with their standard errors."""
    rows = table.rows(question, year, year).dropna(subset=["Data_Value"])
    rows = rows[rows.StratificationID1 == "OVERALL"]
    return rows.assign(error=errors(rows)).set_index("LocationDesc")


def ranked_places(rows: pd.DataFrame, *, territories: bool) -> pd.DataFrame:
    return rows[~rows.LocationAbbr.isin(["US"] if territories else ["US", *TERRITORIES])]


def rank_interval(rows: pd.DataFrame, place: str, z: float, *, lower_is_better: bool) -> tuple[int, int]:
    """From 1 + the number of places that are surely better to K - the number of those that are surely worse."""
    below = above = 0
    own = rows.loc[place]
    for value, error in zip(rows.Data_Value, rows.error, strict=True):
        below += value + z * error < own.Data_Value - z * own.error
        above += value - z * error > own.Data_Value + z * own.error
    better, worse = (below, above) if lower_is_better else (above, below)
    return 1 + better, len(rows) - worse


@pytest.mark.parametrize(
    ("question", "year", "territories"),
    [("Q036", 2021, False), ("Q018", 2019, False), ("Q046", 2015, True), ("Q047", 2016, True), ("Q043", 2019, False)],
)
def test_ranking(table: Table, question: str, year: int, territories: bool) -> None:
    """Each place's rank, its marginal interval from intervals of 95%, and its joint one from Šidák's wider ones."""
    rows = totals(table, question, year)
    ranked = ranked_places(rows, territories=territories)
    is_lower = question not in HIGHER_IS_BETTER
    scores = ranked.Data_Value if is_lower else -ranked.Data_Value
    ranks = dict(zip(ranked.index, rankdata(scores, method="min"), strict=True))
    joint = norm.ppf((1 + 0.95 ** (1 / len(ranked))) / 2)
    answers = table.ask("ranking", question=question, year=year, territories=territories)
    assert sorted(answer["state"] for answer in answers) == table.states
    for answer in answers:
        state = answer["state"]
        assert answer["rank"] == ranks.get(state)
        found = [answer[name] for name in ("rank_low", "rank_high", "joint_low", "joint_high")]
        if state in ranks:
            marginal, simultaneous = (
                rank_interval(ranked, state, z, lower_is_better=is_lower) for z in (norm.ppf(0.975), joint)
            )
            assert found == [*marginal, *simultaneous]
        else:
            assert found == [None] * 4
        if state in rows.index:
            own = rows.loc[state]
            assert (answer["value"], answer["low"], answer["high"], answer["sample_size"], answer["status"]) == (
                *own[["Data_Value", "Low_Confidence_Limit", "High_Confidence_Limit ", "Sample_Size"]],
                "published",
            )
            assert answer["standard_error"] == pytest.approx(own.error, rel=1e-6)
        else:
            assert answer["value"] is None
            assert answer["status"] != "published"


def place_in_order(answer: dict[str, Any], *, lower_is_better: bool) -> tuple[bool, float, str]:
    value = answer["value"] or 0.0
    return answer["value"] is None, value if lower_is_better else -value, answer["state"]


@pytest.mark.parametrize("question", ["Q018", "Q036", "Q046", "Q047"])
def test_the_best_place_comes_first(table: Table, question: str) -> None:
    """Of equal figures by name; those that are not published come last; by default it is the newest year."""
    answers = table.ask("ranking", question=question)
    keys = [place_in_order(answer, lower_is_better=question not in HIGHER_IS_BETTER) for answer in answers]
    assert all(one < other for one, other in pairwise(keys))
    published = table.rows(question).dropna(subset=["Data_Value"])
    assert {answer["year"] for answer in answers} == {published.YearStart.max()}


def test_the_joint_interval_holds_the_marginal_one(table: Table) -> None:
    """And both hold the rank."""
    for answer in table.ask("ranking", question="Q037", territories=True):
        if answer["rank"] is not None:
            ends = [answer[name] for name in ("joint_low", "rank_low", "rank", "rank_high", "joint_high")]
            assert ends == sorted(ends)


def test_places_without_a_rank_are_named(table: Table) -> None:
    """National, and the territories unless they are asked for."""
    [note] = table.answer("ranking", question="Q036", year=2017).provenance.notes
    left_out = [place for place in ("Guam", "Puerto Rico") if place in table.states]
    assert "National has no rank" in note
    assert f"Territories without a rank: {', '.join(left_out)}" in note
    [note] = table.answer("ranking", question="Q036", year=2017, territories=True).provenance.notes
    assert f"Territories ranked too: {', '.join(left_out)}" in note
