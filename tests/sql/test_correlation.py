"""Two questions across the states against scipy, on the sample and on the CDC's own table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.sql.test_pooled_means import close, pooled
from tests.tables import Table

TERRITORIES = {"GU": "Guam", "PR": "Puerto Rico", "VI": "Virgin Islands"}
SHARED = ["low", "high", "sample_size"]
PAIRS = [("Q036", "Q047"), ("Q018", "Q046"), ("Q036", "Q036"), ("Q036", "Q018"), ("Q019", "Q046")]


def paired(table: Table, one: str, other: str, *, territories: bool) -> pd.DataFrame:
    """The rows of both questions of all adults, side by side, of the places and years in which both are published."""
    sides = []
    for question in (one, other):
        rows = table.rows(question)
        rows = rows[(rows.Stratification1 == "Total") & (rows.LocationAbbr != "US")]
        rows = rows if territories else rows[~rows.LocationAbbr.isin(TERRITORIES)]
        sides.append(rows.dropna(subset=["Data_Value"]).set_index(["LocationDesc", "YearStart"]))
    both: pd.DataFrame = pd.concat(sides, axis=1, keys=["one", "other"], join="inner")
    return both


@pytest.mark.parametrize("territories", [False, True])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_correlation(table: Table, one: str, other: str, territories: bool) -> None:
    """Scipy's correlations of the states' means, with the p of each and the limits of the linear one."""
    both = paired(table, one, other, territories=territories)
    values = pd.concat([both["one"].Data_Value, both["other"].Data_Value], axis=1)
    means = values.groupby("LocationDesc").mean().round(9).to_numpy()
    linear, ranked = stats.pearsonr(means[:, 0], means[:, 1]), stats.spearmanr(means[:, 0], means[:, 1])
    limits = linear.confidence_interval()
    assert table.ask("correlation", question=one, other=other, territories=territories) == {
        "pearson": close(linear.statistic),
        "low": close(limits.low),
        "high": close(limits.high),
        "p": pytest.approx(linear.pvalue, rel=1e-6, abs=1e-12),
        "spearman": close(ranked.statistic),
        "spearman_p": pytest.approx(ranked.pvalue, rel=1e-6, abs=1e-12),
        "states": len(means),
        "years": sorted(set(both.index.get_level_values("YearStart"))),
    }


def test_scatter(table: Table) -> None:
    """Each state's means of both questions, with the limits and the sample sizes of the years that both have."""
    both = paired(table, "Q019", "Q046", territories=True)
    answers = table.ask("scatter", question="Q019", other="Q046", territories=True)
    assert [answer["state"] for answer in answers] == sorted(set(table.states) - {"National"})
    for answer in answers:
        years = both[both.index.get_level_values("LocationDesc") == answer["state"]]
        if years.empty:
            assert (answer["value"], answer["other"], answer["years"]) == (None, None, [])
            assert answer["status"] in {"suppressed", "not surveyed", "not asked"}
            continue
        assert (answer["status"], answer["years"]) == ("published", sorted(years.index.get_level_values("YearStart")))
        for side, mean, prefix in (("one", "value", ""), ("other", "other", "other_")):
            expected = pooled(years[side].reset_index())
            assert answer[mean] == expected["mean"]
            assert [answer[prefix + name] for name in SHARED] == [expected[name] for name in SHARED]


def test_correlation_is_that_of_the_scatter(table: Table) -> None:
    """The dots of the picture are what the number is of."""
    for territories in (False, True):
        asked = {"question": "Q019", "other": "Q046", "territories": territories}
        dots = pd.DataFrame(table.ask("scatter", **asked)).dropna(subset=["value"])
        expected = np.corrcoef(dots.value, dots.other)[0, 1]
        assert table.ask("correlation", **asked)["pearson"] == close(expected)


@pytest.mark.parametrize("statistic", ["correlation", "scatter"])
def test_correlation_says_which_territories_are_left_out(table: Table, statistic: str) -> None:
    """And which were counted, when they are asked for."""
    both = paired(table, "Q019", "Q046", territories=True).index.get_level_values("LocationDesc")
    there = sorted(set(TERRITORIES.values()) & set(both))
    named = ", ".join(there)
    [without] = table.answer(statistic, question="Q019", other="Q046").provenance.notes
    [counted] = table.answer(statistic, question="Q019", other="Q046", territories=True).provenance.notes
    assert f"Territories left out: {named};" in without
    assert counted == f"Territories counted too: {named}."


@pytest.mark.parametrize("statistic", ["correlation", "scatter"])
@pytest.mark.parametrize(
    ("one", "other", "remark"),
    [
        ("Q043", "Q044", "Q043 counts everybody whom Q044 counts"),
        ("Q044", "Q043", "Q043 counts everybody whom Q044 counts"),
        ("Q036", "Q037", "Q036 counts nobody whom Q037 counts"),
        ("Q036", "Q036", "it is the same question twice"),
        ("Q036", "Q047", None),
    ],
)
def test_correlation_warns_of_questions_that_overlap(
    table: Table, statistic: str, one: str, other: str, remark: str | None
) -> None:
    """By definition, so that a correlation of them says little; of others nothing is said."""
    [note] = table.answer(statistic, question=one, other=other).provenance.notes
    assert ("By definition" in note) == (remark is not None)
    assert (remark or "") in note


@pytest.mark.real
def test_correlation_may_hang_on_one_territory(real_table: Table) -> None:
    """Few vegetables and strength training: opposed with Puerto Rico, and nothing without."""
    asked = {"question": "Q019", "other": "Q046"}
    assert real_table.ask("correlation", **asked, territories=True)["pearson"] == pytest.approx(-0.598, abs=0.0005)
    assert real_table.ask("correlation", **asked)["pearson"] == pytest.approx(-0.067, abs=0.0005)
