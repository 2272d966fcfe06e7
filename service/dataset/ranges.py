"""Within what range the figures of a question usually lie, over all states and years: pictures colour by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from service.dataset.names import OVERALL

QUANTILES = (0.01, 0.99)
"""Of a question's figures; those beyond are so few that they must not make all others look alike."""


def usual_ranges(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> Mapping[str, list[float]]:
    """By question, the low and the high end for all adults; without territories, of which one lies far from all states.

    Empty when the table has no column of the strata's codes.
    """
    if "StratificationID1" not in columns:
        return {}
    rows = connection.execute(
        """
        select cast(Question as varchar), quantile_cont(cast(Data_Value as double), $quantiles)
        from health
        where StratificationID1 = $overall and LocationType = 'state' and Data_Value is not null
        group by Question
        order by 1
        """,
        {"quantiles": list(QUANTILES), "overall": OVERALL},
    )
    return {question: [round(end, 2) for end in ends] for question, ends in rows.fetchall()}
