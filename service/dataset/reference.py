"""The reference tables: facts in `data/` that SQL may join, keyed by the values as the loaded table spells them."""

from __future__ import annotations

import csv
import logging

import duckdb

from service.settings import ROOT

log = logging.getLogger(__name__)

FOLDER = ROOT / "data"
LOCATIONS, QUESTIONS, STRATA = "locations.csv", "questions.csv", "strata.csv"
TABLES = {
    "states": (
        LOCATIONS,
        "select LocationDesc, LocationAbbr, grid_row::integer as grid_row, grid_column::integer as grid_column",
    ),
    "strata": (
        STRATA,
        "select row_number() over () as place, "
        "StratificationCategory1, StratificationCategoryId1, Stratification1, StratificationID1",
    ),
}
"""Reference tables besides `questions`: the file of each, and what is selected from it."""
CODES = {"QuestionID": QUESTIONS, "LocationAbbr": LOCATIONS}
"""Columns of codes, and the files that list those which every edition of the CDC's table has."""


def read(file: str) -> list[dict[str, str]]:
    """The rows of a file in `data/`, by column name."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def known_codes(column: str) -> list[str]:
    return [row[column] for row in read(CODES[column])]


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `questions`, each question of `health` with its topic and its better end, and the tables in TABLES."""
    connection.execute(
        """
        create table questions as
        with facts as (from read_csv($path, header = true, all_varchar = true))
        select
            health.Question,
            health.QuestionID,
            any_value(facts.Topic) as Topic,
            any_value(facts.better) as better
        from health
        left join facts on cast(health.QuestionID as varchar) = facts.QuestionID
        group by
            health.Question,
            health.QuestionID
        order by health.QuestionID
        """,
        {"path": str(FOLDER / QUESTIONS)},
    )
    for name, (file, select) in TABLES.items():
        facts = "from read_csv($path, header = true, all_varchar = true)"
        connection.execute(f"create table {name} as {select} {facts}", {"path": str(FOLDER / file)})
    _warn_of_unknown_directions(connection)


def _warn_of_unknown_directions(connection: duckdb.DuckDBPyConnection) -> None:
    unknown = connection.execute("select QuestionID from questions where better is null").fetchall()
    if unknown:
        log.warning(
            "it is not known whether higher or lower is better for %s, so best5 and worst5 have no data for it; "
            "add it to %s",
            ", ".join(code for (code,) in unknown),
            FOLDER / QUESTIONS,
        )
