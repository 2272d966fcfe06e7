"""The conclusion of an answer beside its rows, and what tests compute it from again."""

from __future__ import annotations

from math import hypot
from typing import Any

import pandas as pd
from scipy.stats import norm

from tests.sql.test_pooled_means import errors
from tests.sql.test_ranking import HIGHER_IS_BETTER
from tests.tables import Table

NOT_STATES = ["National", "Guam", "Puerto Rico", "Virgin Islands"]


def concluded(table: Table, name: str, **given: Any) -> tuple[str | None, Any]:
    """The sentence of an answer, and its rows."""
    answer = table.answer(name, **given)
    rows = pd.DataFrame(answer.result.rows(), columns=answer.result.names)
    return answer.provenance.conclusion or None, rows


def totals(table: Table, question: str, **span: int) -> Any:
    rows = table.rows(question, **span).dropna(subset=["Data_Value"])
    rows = rows[rows.StratificationID1 == "OVERALL"]
    return rows.assign(error=errors(rows), named=shown(rows.LocationDesc, rows.Data_Value))


def shown(names: Any, values: Any) -> list[str]:
    return [f"{name} ({value:.1f}%)" for name, value in zip(names, values, strict=True)]


def p_of(difference: float, *standard_errors: float) -> float:
    return float(2 * norm.sf(abs(difference) / hypot(*standard_errors)))


def judged(question: str, end: str, words: tuple[str, str] = (" (best)", " (worst)")) -> str:
    better = "higher" if question in HIGHER_IS_BETTER else "lower"
    return words[0] if better == end else words[1]
