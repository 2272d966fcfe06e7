"""Means over several years against numpy, on the sample and on the CDC's own table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from tests.tables import Table

Z = norm.ppf(0.975)


def close(value: Any) -> Any:
    return pytest.approx(value, rel=1e-6, nan_ok=True)


def errors(rows: pd.DataFrame) -> pd.Series:
    """The standard errors, in points, of values with limits that are symmetric on the logit scale."""
    value, low, high = (rows[name] / 100 for name in ("Data_Value", "Low_Confidence_Limit", "High_Confidence_Limit "))
    found: pd.Series = (logit(high) - logit(low)) / (2 * Z) * value * (1 - value) * 100
    return found


def pooled(rows: pd.DataFrame) -> dict[str, Any]:
    """The plain mean of the years, and its limits on the logit scale."""
    mean, error = rows.Data_Value.mean() / 100, np.sqrt((errors(rows) ** 2).sum()) / len(rows) / 100
    low, high = expit(logit(mean) + np.array([-1, 1]) * Z * error / (mean * (1 - mean)))
    return {
        "mean": close(mean * 100),
        "standard_error": close(error * 100),
        "low": close(low * 100),
        "high": close(high * 100),
        "sample_size": rows.Sample_Size.sum(),
        "years": sorted(rows.YearStart),
    }


def flagged(answer: dict[str, Any], mean: float) -> str:
    """By the rules of the CDC and of the NCHS, applied to the pooled figure."""
    width = answer["high"] - answer["low"]
    cdc = answer["standard_error"] >= 0.3 * mean or answer["sample_size"] < 50
    nchs = width >= 30 or (width > 5 and width > 1.3 * mean)
    rules = ", ".join(name for name, is_met in {"CDC": cdc, "NCHS": nchs}.items() if is_met)
    return f"unreliable ({rules})" if rules else "reliable"


@pytest.mark.parametrize("question", ["Q018", "Q036", "Q047"])
@pytest.mark.parametrize("category", ["Total", "Education"])
def test_mean_over_years(table: Table, question: str, category: str) -> None:
    """Every place and segment: the years count equally, whatever their samples, and are named."""
    rows = table.rows(question, 2015, 2020)
    rows = rows[rows.StratificationCategory1 == category]
    answers = table.ask("mean_over_years", question=question, category=category, since=2015, until=2020)
    assert len(answers) == rows.groupby(["LocationDesc", "Stratification1"]).ngroups
    for answer in answers:
        own = rows[(rows.LocationDesc == answer["state"]) & (rows.Stratification1 == answer["segment"])]
        published = own.dropna(subset=["Data_Value"])
        assert answer["published"] == len(published)
        if len(published):
            expected = pooled(published)
            assert {name: answer[name] for name in expected} == expected
            assert (answer["status"], answer["reliability"]) == ("published", flagged(answer, answer["mean"]))
        else:
            assert (answer["mean"], answer["low"], answer["years"]) == (None, None, [])
            assert answer["status"] in {"suppressed", "not surveyed", "not asked"}


@pytest.mark.parametrize(("segment", "years"), [("EDUCOGRAD", 1), ("RACEBLK", 3), ("Female", 2)])
def test_segment_by_state(table: Table, segment: str, years: int) -> None:
    """Every place of the table has a row, highest first; the years are counted back from the newest."""
    rows = table.rows("Q036")
    rows = rows[(rows.StratificationID1 == segment) | (rows.Stratification1 == segment)].dropna(subset=["Data_Value"])
    rows = rows[rows.YearStart > rows.YearStart.max() - years]
    answers = table.ask("segment_by_state", question="Q036", segment=segment, years=years)
    assert sorted(answer["state"] for answer in answers) == table.states
    found = [answer for answer in answers if answer["value"] is not None]
    order = [(-round(answer["value"], 9), answer["state"]) for answer in found]
    assert order == sorted(order)
    assert {answer["state"] for answer in found} == {*rows.LocationDesc}
    for answer in found:
        expected = pooled(rows[rows.LocationDesc == answer["state"]])
        assert answer["value"] == expected.pop("mean")
        assert {name: answer[name] for name in expected} == expected
        assert answer["reliability"] == flagged(answer, answer["value"])
