"""SQL that is valid but cannot be meant: what `check` says of it, and what it leaves alone."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from service.dataset import Dataset
from service.statistics.trial import doubts
from tests.conftest import engine_on, load_catalog
from tests.folders import folder_of

STATE = "$state choice(LocationDesc, LocationAbbr): state"
STATES = "$states list(choice(LocationDesc, LocationAbbr)): states"
YEAR = "$year integer = 2021: year"
DOUBTFUL = [
    (STATES, "LocationDesc = $states", "the parameter is a list; write `LocationDesc in $states`, with"),
    (
        STATES,
        "LocationDesc in ($states)",
        "`LocationDesc in ($states)`: the parameter is a list; write ",
    ),
    (STATES, "LocationAbbr in $states", "is bound as a value of LocationDesc, and LocationAbbr has none of them"),
    (STATE, "LocationAbbr = $state", "`LocationAbbr = $state`: the parameter is bound as a value of LocationDesc, and"),
    (STATE, "lower(LocationDesc) = $state", "is bound as LocationDesc spells it, so the case must stay; compare the"),
    (
        STATE,
        "LocationDesc = $state and Topic <> '$state'",
        "'$state' is a text, not the value of $state; remove",
    ),
    (YEAR, "Question = $year", "`Question = $year`: the column is text, and the parameter a number; declare it as"),
    ("$year text: year", "$year = YearStart", "`YearStart = $year`: the column is a number, and the parameter text"),
]
MEANT = [
    (STATES, "LocationDesc in $states and len($states) > 0 and $states <> []"),
    (STATE, "LocationDesc = $state and lower(LocationDesc) = lower($state) and $state <> '$year'"),
    (YEAR, "YearStart between $year - 1 and $year and year(current_date) >= $year"),
    ("$word text = 'a': word", "contains(Question, $word) or Topic like $word"),
    ("$share number = 0.5: share", "Data_Value > $share and Sample_Size > $share"),
]


def doubts_of(dataset: Dataset, folder: Path, declaration: str, condition: str, example: str = "") -> list[str]:
    text = f"-- Rows.\n-- {declaration}\n{example}select count(*) as n\nfrom health\nwhere {condition}"
    catalog = load_catalog(folder_of(folder / "sql", mine=text), dataset)
    assert catalog.faults == ()
    with closing(engine_on(dataset).session()) as session:
        return doubts(catalog.statistics["mine"], dataset.choices, session)


@pytest.mark.parametrize(("declaration", "condition", "doubt"), DOUBTFUL)
def test_a_slip_is_told_with_its_line(
    dataset: Dataset, tmp_path: Path, declaration: str, condition: str, doubt: str
) -> None:
    """Without an example, and although the SQL is valid."""
    found = doubts_of(dataset, tmp_path, declaration, condition)
    assert any(line.startswith("sql/mine.sql:5: ") and doubt in line for line in found)


@pytest.mark.parametrize(("declaration", "condition"), MEANT)
def test_what_can_be_meant_is_left_alone(dataset: Dataset, tmp_path: Path, declaration: str, condition: str) -> None:
    """Nobody has to write SQL around a warning."""
    assert doubts_of(dataset, tmp_path, declaration, condition) == []


def test_sql_that_fails_is_found_without_an_example(dataset: Dataset, tmp_path: Path) -> None:
    """By running it once, for values that are allowed; with an example it is that which runs."""
    failing = ("$since integer(2000..) = 2011: year", "error('too early') is null or YearStart > $since")
    assert doubts_of(dataset, tmp_path, *failing) == [
        'sql/mine.sql:1: there is no example, and with {"since":2011} it fails: mine cannot be computed with these '
        "arguments: Invalid Input Error: too early"
    ]
    [found] = doubts_of(dataset, tmp_path, *failing, example='-- example: {"since": 2012}\n')
    assert found.startswith("sql/mine.sql:3: example: mine cannot be computed with these arguments: Invalid")
