"""The reliability of each figure against pandas, on the sample and on the CDC's own table."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.sql.test_pooled_means import close, errors
from tests.tables import Table

CDC, NCHS = "CDC", "NCHS"


@pytest.mark.parametrize(("question", "year"), [("Q036", 2021), ("Q047", 2014), ("Q018", 2019)])
def test_reliability(table: Table, question: str, year: int) -> None:
    """Errors, widths and design effect of each published figure of the year, and whose rule flags it."""
    rows = table.rows(question, year, year).dropna(subset=["Data_Value"])
    rows = rows.set_index(["LocationDesc", "Stratification1"])
    low, high = rows["Low_Confidence_Limit"], rows["High_Confidence_Limit "]
    value, error, width = rows.Data_Value, errors(rows).where((low > 0) & (high < 100)), (high - low).round(1)
    expected = pd.DataFrame(
        {
            "sample_size": rows.Sample_Size,
            "standard_error": error,
            "relative_standard_error": error / value * 100,
            "width": width,
            "relative_width": width / value * 100,
            "design_effect": error**2 / (value * (100 - value) / rows.Sample_Size),
        }
    )
    answers = pd.DataFrame(table.ask("reliability", question=question, year=year))
    answers = answers.set_index(["state", "segment"])
    published = answers[answers.status == "published"]
    assert set(published.index) == set(rows.index)
    found = published.loc[rows.index]
    for name in expected:
        assert found[name].to_numpy(dtype=float) == close(expected[name].to_numpy(dtype=float))
    cdc = (error >= 0.3 * value) | (rows.Sample_Size < 50)
    nchs = (width >= 30) | ((width > 5) & (width > (1.3 * value).round(2)))
    assert list(found.reliability.str.contains(CDC)) == list(cdc)
    assert list(found.reliability.str.contains(NCHS)) == list(nchs)
    lacking = answers.drop(rows.index)
    assert lacking[["value", "reliability"]].isna().all(axis=None)
    assert set(lacking.status) <= {"suppressed", "not surveyed", "not asked"}


def test_reliability_counts_what_is_flagged(table: Table) -> None:
    """In the newest year, where none is named; every place and segment is there."""
    answer = table.answer("reliability", question="Q036")
    rows = pd.DataFrame(answer.shape(answer.result.rows()))
    assert set(rows.year) == {table.rows("Q036").YearStart.max()}
    assert len(rows) == len(table.states) * rows.segment.nunique()
    cdc, nchs = (int(rows.reliability.str.contains(rule, na=False).sum()) for rule in (CDC, NCHS))
    assert list(answer.provenance.notes) == [
        f"{cdc} of {rows.value.count()} published figures are unreliable by the CDC's rule, and {nchs} by the NCHS's."
    ]


@pytest.mark.real
def test_reliability_of_the_real_table(real_table: Table) -> None:
    """Over all questions and years, 1,365 figures are flagged by the CDC's rule and 2,371 by the NCHS's."""
    flagged = dict.fromkeys((CDC, NCHS), 0)
    for question in real_table.questions:
        for year in sorted(set(real_table.rows(question).YearStart)):
            rows = real_table.ask("reliability", question=question, year=int(year))
            for rule in flagged:
                flagged[rule] += sum(rule in (row["reliability"] or "") for row in rows)
    assert flagged == {CDC: 1365, NCHS: 2371}
