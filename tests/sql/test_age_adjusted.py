"""Figures adjusted for age against numpy, on the sample and on the CDC's own table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from tests.sql.test_pooled_means import Z, close, errors
from tests.tables import Table

STANDARD = {
    "AGEYR1824": 26_258,
    "AGEYR2534": 37_233,
    "AGEYR3544": 44_659,
    "AGEYR4554": 37_030,
    "AGEYR5564": 23_961,
    "AGEYR65PLUS": 34_710,
}
"""Thousands of people in the projected population of 2000, Klein & Schoenborn 2001."""


@pytest.mark.parametrize(("question", "year"), [("Q036", 2019), ("Q047", 2017), ("Q018", 2019)])
def test_age_adjusted(table: Table, question: str, year: int) -> None:
    """Each place's age groups weighted by the standard population; null where one of them is not published."""
    rows = table.rows(question, year, year)
    weights = np.array([*STANDARD.values()]) / sum(STANDARD.values())
    answers = table.ask("age_adjusted", question=question, year=year)
    assert sorted(answer["state"] for answer in answers) == table.states
    for answer in answers:
        own = rows[rows.LocationDesc == answer["state"]].set_index("StratificationID1")
        ages = own.reindex([*STANDARD])
        assert answer["missing_ages"] == ages.Data_Value.isna().sum()
        if answer["missing_ages"]:
            assert (answer["adjusted"], answer["low"], answer["difference"]) == (None, None, None)
            continue
        mean, error = weights @ ages.Data_Value / 100, np.sqrt(weights**2 @ errors(ages) ** 2) / 100
        low, high = 100 * expit(logit(mean) + np.array([-1, 1]) * Z * error / (mean * (1 - mean)))
        assert (answer["adjusted"], answer["standard_error"]) == (close(100 * mean), close(100 * error))
        assert (answer["low"], answer["high"]) == (close(low), close(high))
        assert answer["crude"] == own.Data_Value["OVERALL"]
        assert answer["difference"] == close(100 * mean - own.Data_Value["OVERALL"])


def test_one_state(table: Table) -> None:
    """One row, the same as among all."""
    everywhere = {row["state"]: row for row in table.ask("age_adjusted", question="Q036", year=2019)}
    assert table.ask("age_adjusted", question="Q036", year=2019, state="UT") == [everywhere["Utah"]]
