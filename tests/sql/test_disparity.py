"""Differences from a reference group against numpy, on the sample and on the CDC's own table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from tests.sql.test_pooled_means import Z, close, errors
from tests.tables import Table


@pytest.mark.parametrize(
    ("question", "category", "reference", "state"),
    [
        ("Q036", "Education", "College graduate", "National"),
        ("Q047", "Income", "$75,000 or greater", "Mississippi"),
        ("Q018", "Race/Ethnicity", "Non-Hispanic White", None),
    ],
)
def test_disparity(table: Table, question: str, category: str, reference: str, state: str | None) -> None:
    """Each other segment's difference and ratio, with their limits and the p of the difference."""
    rows = table.rows(question, 2019, 2019)
    rows = rows[rows.StratificationCategory1 == category]
    rows = rows.assign(error=errors(rows)).set_index(["LocationDesc", "Stratification1"])
    given = {
        "question": question,
        "category": category,
        "reference": reference,
        "year": 2019,
        **({"state": state} if state else {}),
    }
    answers = table.ask("disparity", **given)
    places = {state} if state else {place for place, _ in rows.index}
    assert {(row["state"], row["segment"]) for row in answers} >= {
        key for key in rows.index if key[0] in places and key[1] != reference
    }
    for answer in answers:
        if (answer["state"], answer["segment"]) not in rows.index:
            assert (answer["value"], answer["status"]) in {(None, "not surveyed"), (None, "not asked")}
            continue
        one, other = rows.loc[answer["state"], answer["segment"]], rows.loc[answer["state"], reference]
        difference, error = one.Data_Value - other.Data_Value, np.hypot(one.error, other.error)
        if np.isnan(difference):
            assert (answer["difference"], answer["ratio"], answer["p"]) == (None, None, None)
            continue
        assert answer["difference"] == round(difference, 1)
        assert [answer["difference_low"], answer["difference_high"]] == close(
            [difference - Z * error, difference + Z * error]
        )
        assert answer["p"] == close(2 * norm.sf(abs(difference / error)))
        ratio = one.Data_Value / other.Data_Value
        spread = np.exp(Z * np.hypot(one.error / one.Data_Value, other.error / other.Data_Value))
        assert [answer["ratio"], answer["ratio_low"], answer["ratio_high"]] == close(
            [ratio, ratio / spread, ratio * spread]
        )
        assert answer["status"] == "published"
