"""The reference tables: facts in `data/` that SQL may join, keyed by the values as the loaded table spells them."""

from __future__ import annotations

import csv
import logging

import duckdb

from service.settings import ROOT

log = logging.getLogger(__name__)

QUESTIONS = ROOT / "data" / "questions.csv"
TABLES = {
    "states": (
        "locations.csv",
        "select LocationDesc, LocationAbbr, grid_row::integer as grid_row, grid_column::integer as grid_column",
    ),
    "strata": (
        "strata.csv",
        "select row_number() over () as place, "
        "StratificationCategory1, StratificationCategoryId1, Stratification1, StratificationID1",
    ),
}
"""Further reference tables: their files, and what is taken of them."""


KNOWN = {"QuestionID": "questions.csv", "LocationAbbr": "locations.csv"}
"""Columns of which every edition of the CDC's table has at least the codes that are known, and where those stand."""


def known(column: str) -> list[str]:
    """The known codes of one of these columns."""
    with QUESTIONS.with_name(KNOWN[column]).open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `questions`: each question of `health` with its topic, and which end is better where that is known."""
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
        {"path": str(QUESTIONS)},
    )
    for name, (file, select) in TABLES.items():
        facts = "from read_csv($path, header = true, all_varchar = true)"
        connection.execute(f"create table {name} as {select} {facts}", {"path": str(QUESTIONS.with_name(file))})
    unknown = connection.execute("select QuestionID from questions where better is null").fetchall()
    if unknown:
        names = ", ".join(name for (name,) in unknown)
        log.warning(
            "no direction is known for %s, so best5 and worst5 have no data for it; add it to %s",
            names,
            QUESTIONS,
        )
