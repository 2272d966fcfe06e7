"""How figures are spread over the states against numpy, on the sample and on the CDC's own table."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sql.test_pooled_means import close
from tests.tables import Table

NAMES = ["lowest", "tenth", "lower_quartile", "median", "upper_quartile", "ninetieth", "highest"]
TERRITORIES = ["GU", "PR", "VI"]


@pytest.mark.parametrize("territories", [False, True])
@pytest.mark.parametrize(("question", "year"), [("Q018", 2019), ("Q036", 2021), ("Q043", 2019), ("Q047", 2018)])
def test_distribution(table: Table, question: str, year: int, *, territories: bool) -> None:
    """Numpy's quantiles, mean and deviation of the states' figures, and how many places have none."""
    rows = table.rows(question, year, year)
    rows = rows[(rows.Stratification1 == "Total") & (rows.LocationAbbr != "US")]
    rows = rows if territories else rows[~rows.LocationAbbr.isin(TERRITORIES)]
    values = rows.Data_Value.dropna()
    answer = table.ask("distribution", question=question, year=year, territories=territories)
    assert [answer[name] for name in NAMES] == close(list(np.quantile(values, [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1])))
    assert (answer["mean"], answer["deviation"], answer["states"]) == close((values.mean(), values.std(), len(values)))
    assert answer["year"] == year
    lacking = sum(answer[name] for name in ("suppressed", "not_surveyed", "not_asked"))
    assert lacking == (54 if territories else 51) - len(values)


def test_distribution_counts_the_places_that_were_not_surveyed(table: Table) -> None:
    """New Jersey in 2019; with the territories, the Virgin Islands in 2018."""
    assert table.ask("distribution", question="Q018", year=2019)["not_surveyed"] == 1
    assert table.ask("distribution", question="Q036", year=2018)["not_surveyed"] == 0
    assert table.ask("distribution", question="Q036", year=2018, territories=True)["not_surveyed"] == 1


def test_distribution_of_the_newest_year(table: Table) -> None:
    """Where none is named, with the territories that it leaves out."""
    answer = table.answer("distribution", question="Q036")
    year = table.rows("Q036").YearStart.max()
    assert answer.shape(answer.result.rows())["year"] == year
    assert list(answer.provenance.notes) == [
        "Territories left out: Guam, Puerto Rico, Virgin Islands; territories=true counts them too."
    ]
