"""The reference tables: facts in `data/` that SQL may join, keyed by the values as the loaded table spells them."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from functools import cache

import duckdb

from service.dataset.identifiers import columns_of
from service.settings import ROOT

log = logging.getLogger(__name__)

FOLDER = ROOT / "data"
FILES = ALIASES, HEADER, LOCATIONS, OVERLAPS, QUESTIONS, STRATA = (
    "aliases.csv",
    "columns.csv",
    "locations.csv",
    "question_overlaps.csv",
    "questions.csv",
    "strata.csv",
)
TABLES = {
    "states": (
        LOCATIONS,
        "select LocationDesc, LocationAbbr, grid_row::integer as grid_row, grid_column::integer as grid_column, type",
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
NAMES = {
    "states": {"LocationDesc": "LocationAbbr"},
    "strata": {
        "StratificationCategory1": "StratificationCategoryId1",
        "Stratification1": "StratificationID1",
    },
}
"""Columns of names in reference tables, and those of their codes; the names are spelled as in `health`."""

COLUMNS = ""
"""What data/aliases.csv has as the column where the aliases are names of columns."""
Group = frozenset[str]


def read(file: str) -> list[dict[str, str]]:
    """The rows of a file in `data/`, by column name."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def aliases() -> Mapping[str, tuple[Group, ...]]:
    """By column, the groups of values that are one and the same in different editions of the CDC's table."""
    found: dict[str, list[Group]] = {}
    for row in read(ALIASES):
        known = found.setdefault(row["column"], [])
        group = frozenset({row["name"], row["alias"]})
        touching = [other for other in known if other & group]
        known[:] = [*(other for other in known if other not in touching), group.union(*touching)]
    return {column: tuple(known) for column, known in found.items()}


def aliases_of(column: str, value: str) -> Group:
    """A value of a column, with its aliases."""
    return next((group for group in aliases().get(column, ()) if value in group), frozenset({value}))


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
    there = columns_of(connection, "health")
    for table, names in NAMES.items():
        for column in [*names.values(), *names]:
            if column in there:
                _spell_aliases(connection, table, column)
        for column, code in names.items():
            if column in there and code in there:
                _spell_names(connection, table, column, code)
    _warn_of_unknown_directions(connection)


def _spell_aliases(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """Replace values by those aliases of theirs that `health` has."""
    for group in aliases().get(column, ()):
        connection.execute(
            f"""
            update {table} set {column} = found.spelled
            from (select min(cast({column} as varchar)) as spelled from health where {column} in $group) as found
            where {column} in $group and found.spelled is not null
            """,
            {"group": sorted(group)},
        )


def _spell_names(connection: duckdb.DuckDBPyConnection, table: str, name: str, code: str) -> None:
    """Replace names by those that `health` has for their codes, where it has one for a code."""
    connection.execute(
        f"""
        update {table} set {name} = found.name
        from (
            select cast({code} as varchar) as code, cast(min({name}) as varchar) as name
            from health
            group by {code}
            having count(distinct {name}) = 1
        ) as found
        where {table}.{code} = found.code
        """
    )


def _warn_of_unknown_directions(connection: duckdb.DuckDBPyConnection) -> None:
    unknown = connection.execute("select QuestionID from questions where better is null").fetchall()
    if unknown:
        log.warning(
            "it is not known whether higher or lower is better for %s, so best5 and worst5 have no rows for it; "
            "add it to %s",
            ", ".join(code for (code,) in unknown),
            FOLDER / QUESTIONS,
        )
