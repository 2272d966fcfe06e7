"""Examples show and never decide: `check` tells what is wrong with them, and the statistic serves all the same."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from service.dataset import Dataset
from service.settings import ROOT
from service.statistics.trial import doubts
from tests.conftest import engine_on, load_catalog, load_dataset, settings_for

pytestmark = pytest.mark.long

GOOD = """\
-- How many rows a question has.
-- $question choice(Question, QuestionID): the question
-- $since integer(2011..2100) = 2011: first year
-- returns: {question: rows}
-- example: {"question": "Q036"}
select
    Question as question,
    count(*) as rows
from health
where Question = $question and YearStart >= $since
group by Question
"""
EXAMPLE = '{"question": "Q036"}'
Row = dict[str, str]

WARNINGS = [
    (GOOD.replace(EXAMPLE, '{"question": "Q999"}'), ":5: example: question: 'Q999' is none of the 9 values"),
    (GOOD.replace(EXAMPLE, "{}"), ":5: example: question is missing"),
    (GOOD.replace(EXAMPLE, "Q036"), ":5: example: JSON is malformed"),
    (GOOD.replace(EXAMPLE, "[1]"), ":5: example: Expected `object`, got `array`; write a JSON object as"),
    (GOOD.replace(EXAMPLE, '{"question": "Q036", "x": 1}'), ":5: example: there is no parameter named 'x'"),
    (
        GOOD.replace(EXAMPLE, '{"question": "Q036", "since": 2100}'),
        ":5: example: gives no rows on this table; choose arguments that have an answer",
    ),
    (GOOD.replace("group by Question", "group by Question, YearStart"), ":5: example: two rows have the key"),
    ("-- Two.\n-- returns: row\n-- example: {}\nselect 1 as a union all select 2", ":3: example: `returns: row` takes"),
    (
        "-- Casts.\n-- $word text: a word\n-- example: {\"word\": \"x\"}\nselect cast($word as integer) as n",
        ":3: example: mine cannot be computed with these arguments: Conversion Error",
    ),
    (
        "-- Slow.\n-- time limit: 0.2 s\n-- example: {}\nselect count(*) as n from range(40000000000000)",
        ":3: example: ran for more than 0.2 s; make it faster, or give it a longer `time limit`",
    ),
    (
        "-- Topic.\n-- $topic choice(Topic) = Nothing: topic\n"
        "select count(*) as n from health where Topic = $topic",
        ":2: $topic: the default: 'Nothing' is none of the",
    ),
    (
        "-- States.\n-- $states list(choice(LocationDesc, LocationAbbr)) = [\"OH\", \"XX\"]: states\n"
        "select count(*) as n from health where LocationDesc in $states",
        ":2: $states: the default: 'XX' is none of the",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "warning"), WARNINGS)
def test_what_an_example_or_default_lacks_is_a_warning(
    dataset: Dataset, tmp_path: Path, text: str, warning: str
) -> None:
    """With file and line, and the statistic serves."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "mine.sql").write_text(text, encoding="utf-8")
    catalog = load_catalog(tmp_path / "sql", dataset)
    assert catalog.faults == ()
    with closing(engine_on(dataset).session()) as session:
        [found] = doubts(catalog.statistics["mine"], dataset.choices, session)
    assert found.startswith(f"sql/mine.sql{warning}")


def test_the_catalog_shows_examples_that_are_json(dataset: Dataset, tmp_path: Path) -> None:
    """In their order, whatever they say; those that are not JSON objects are left out."""
    lines = '{"question": "Q999"}\n-- example: {"question\n-- example: {}'
    (tmp_path / "mine.sql").write_text(GOOD.replace(EXAMPLE, lines), encoding="utf-8")
    assert load_catalog(tmp_path, dataset).statistics["mine"].examples == ({"question": "Q999"}, {})


def test_each_shipped_example_has_an_answer(dataset: Dataset) -> None:
    """The files in sql/ have examples, and nothing is wrong with any on the sample."""
    statistics = load_catalog(ROOT / "sql", dataset).statistics.values()
    assert all(statistic.examples for statistic in statistics)
    with closing(engine_on(dataset).session()) as session:
        assert [doubts(statistic, dataset.choices, session) for statistic in statistics] == [[]] * len(statistics)


def sex_for_gender(row: Row) -> Row:
    """The CDC's current edition has another word for the column, the category and its code."""
    renamed = {"Sex" if name == "Gender" else name: value for name, value in row.items()}
    return {name: {"Gender": "Sex", "GEN": "SEX"}.get(value, value) for name, value in renamed.items()}


EDITIONS: dict[str, Callable[[Row], Row | None]] = {
    "Sex for Gender": sex_for_gender,
    "one question": lambda row: row if row["QuestionID"] == "Q047" else None,
    "one state": lambda row: row if row["LocationAbbr"] == "IA" else None,
    "one year": lambda row: row if row["YearStart"] == "2017" else None,
    "no totals": lambda row: row if row["StratificationCategory1"] == "Gender" else None,
}


@pytest.mark.parametrize("edition", EDITIONS)
def test_another_edition_of_the_table_keeps_every_statistic(small_csv: Path, tmp_path: Path, edition: str) -> None:
    """What examples and defaults name may be missing from it."""
    with small_csv.open(encoding="utf-8", newline="") as file:
        rows = [row for row in map(EDITIONS[edition], csv.DictReader(file)) if row]
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    for dataset in load_dataset(settings_for(tmp_path, dataset_csv=tmp_path / "table.csv")):
        catalog = load_catalog(ROOT / "sql", dataset)
        assert catalog.faults == ()
        assert len(catalog.statistics) == len(list((ROOT / "sql").glob("*.sql")))


def test_a_default_that_the_table_lacks_finds_nothing(dataset: Dataset, tmp_path: Path) -> None:
    """It is bound as it is written."""
    text = "-- Topic.\n-- $topic choice(Topic) = Nothing: topic\nselect count(*) as n from health where Topic = $topic"
    (tmp_path / "mine.sql").write_text(text, encoding="utf-8")
    statistic = load_catalog(tmp_path, dataset).statistics["mine"]
    with closing(engine_on(dataset).session()) as session:
        result = session.run(session.prepare("mine", statistic.sql), {"topic": statistic.parameters["topic"].default})
    assert result.rows() == [(0,)]
