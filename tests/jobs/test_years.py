"""The survey years in an answer's provenance are the answer's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tables import Table


def published(table: Table, question: str, since: int = 2011, until: int = 2100) -> list[int]:
    """The survey years in which a question has values, by the table's rows."""
    rows = table.rows(question, since, until)
    return sorted(set(rows.YearStart[rows.Data_Value.notna()]))


@pytest.mark.parametrize("question", ["Q036", "Q044"])
@pytest.mark.parametrize("bounds", [{}, {"since": 2014, "until": 2018}, {"since": 2017}])
@pytest.mark.parametrize("name", ["states_mean", "global_mean"])
def test_rows_that_tell_no_year_are_of_the_question_s(
    table: Table, name: str, question: str, bounds: dict[str, int]
) -> None:
    """Those that it was published in, within the bounds that the arguments set."""
    years = table.answer(name, question=question, **bounds).provenance.years
    assert years == published(table, question, **bounds)


@pytest.mark.parametrize(
    ("name", "given", "years"),
    [
        ("total_by_state", {"question": "Q036", "year": 2013}, [2013]),
        ("total_by_state", {"question": "Q044"}, [2019]),
        ("change_between_years", {"question": "Q036", "first_year": 2012, "last_year": 2020}, [2012, 2020]),
        ("trend", {"question": "Q036", "since": 2015, "until": 2017}, [2015, 2016, 2017]),
        ("correlation", {"question": "Q044", "other": "Q036", "since": 2013}, [2013, 2015, 2017, 2019]),
        ("coverage", {}, [*range(2011, 2022)]),
    ],
)
def test_rows_and_arguments_that_tell_years_are_believed(
    table: Table, name: str, given: dict[str, Any], years: list[int]
) -> None:
    """A column of years or of lists of them, else the years that the arguments name."""
    assert table.answer(name, **given).provenance.years == years
