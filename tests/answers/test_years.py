"""The survey years that rows are of."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers.years import span, spans, years_in
from service.engine.result import Result

YEARS = st.integers(2011, 2030)


def result_of(**columns: pa.Array) -> Result:
    return Result.of_table(pa.table(columns))


@given(st.lists(st.none() | YEARS), st.sampled_from(["year", "YearStart"]))
def test_a_column_of_years_tells_them(values: list[int | None], name: str) -> None:
    """Each once and in order; a null is none."""
    found = years_in(result_of(**{name: pa.array(values, pa.int32()), "n": pa.array(values, pa.int32())}))
    assert found == sorted({value for value in values if value is not None})


@given(st.lists(st.none() | st.lists(st.none() | YEARS)))
def test_a_column_of_lists_of_years_tells_them(values: list[Any]) -> None:
    """Those of all rows."""
    found = years_in(result_of(years=pa.array(values, pa.list_(pa.int32()))))
    assert found == sorted({year for value in values for year in value or [] if year is not None})


@pytest.mark.parametrize(
    "columns",
    [
        {"years": pa.array([11])},
        {"year": pa.array(["2011"])},
        {"year": pa.array([[2011]])},
        {"since": pa.array([2011])},
    ],
)
def test_other_columns_tell_no_years(columns: dict[str, pa.Array]) -> None:
    """A count of years, a text, and a column of another name."""
    assert years_in(result_of(**columns)) is None


@given(st.sets(YEARS))
def test_spans_name_every_year_once(years: set[int]) -> None:
    """As `2011 to 2015, 2017`, which reads back as the same years."""
    text = spans(sorted(years))
    ends = [part.split(" to ") for part in text.split(", ")] if years else []
    assert [year for part in ends for year in range(int(part[0]), int(part[-1]) + 1)] == sorted(years)
    assert years or text == "none"


def test_a_span_is_the_first_and_the_last_year() -> None:
    """One year is itself, and none is empty."""
    assert [span(years) for years in ([], [2019], [2011, 2013])] == ["", "2019", "2011 to 2013"]
