"""The survey years that rows are of."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from service.engine import arrow_compute as pc
from service.engine.result import Result

COLUMNS = {"year": pa.types.is_integer, "YearStart": pa.types.is_integer, "years": pa.types.is_list}
"""Columns of a year, or of a list of years, with what they hold; the first that a result has tells its years."""


def years_in(result: Result) -> list[int] | None:
    """The distinct years in order; None when no column tells them."""
    types = dict(zip(result.names, result.schema.types, strict=True))
    column = next((name for name, holds in COLUMNS.items() if name in types and holds(types[name])), None)
    if column is None:
        return None
    found = {year for batch in result.batches() for year in _distinct(batch.column(column))}
    return sorted(year for year in found if year is not None)


def _distinct(column: pa.Array) -> list[int | None]:
    values = column.flatten() if pa.types.is_list(column.type) else column
    years: list[int | None] = pc.unique(values).to_pylist()
    return years


def spans(years: Sequence[int]) -> str:
    """Years in order, as `2011 to 2015, 2017`; `none` without any."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(span(run) for run in runs) or "none"


def span(years: Sequence[int]) -> str:
    """The first and the last year, as `2011 to 2021`; empty without any."""
    if not years:
        return ""
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
