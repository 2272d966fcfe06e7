"""The names that values have in other editions of the table, and the wordings that questions were published in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

import duckdb

from service.dataset.choices import CODES
from service.dataset.identifiers import quoted
from service.dataset.reference_tables import LOCATIONS, QUESTIONS, STRATA, aliases, aliases_of, read
from service.dataset.renamings import PUBLISHED

Names = Mapping[str, tuple[str, ...]]
"""Other names, by value."""
FILES = {
    "Class": QUESTIONS,
    "LocationDesc": LOCATIONS,
    "Question": QUESTIONS,
    "StratificationCategory1": STRATA,
    "Stratification1": STRATA,
    "Topic": QUESTIONS,
}
"""Columns, and the reference tables that have a name for each of their codes."""
OVERALL = "OVERALL"
"""The code of the stratum of all adults."""


class Wording(TypedDict):
    """How a question, which `question` has in its newest wording, was published in some survey years."""

    code: str
    question: str
    wording: str
    years: list[int]


def other_names(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> Mapping[str, Names]:
    """By column: the other names of its values. A name that would fit two values is left out."""
    found = {}
    for column in [column for column in columns if column in CODES or column in aliases()]:
        names = dict(_names(connection, column, columns))
        claims = Counter(name.casefold() for known in names.values() for name in known)
        claims.update({value.casefold(): 2 for value in names})
        found[column] = {
            value: tuple(sorted(name for name in known if claims[name.casefold()] == 1))
            for value, known in names.items()
        }
    return found


def _names(
    connection: duckdb.DuckDBPyConnection, column: str, columns: Sequence[str]
) -> Iterator[tuple[str, set[str]]]:
    """Each value with its names, itself among them."""
    code = CODES.get(column)
    published = PUBLISHED if column == "Question" else column
    codes = quoted(code) if code and code in columns else "null"
    known = _reference_names(column)
    sql = f"""
        with found as (
            select distinct {quoted(column)} as value, {quoted(published)} as published, {codes} as code
            from health
            where {quoted(column)} is not null
        )
        select
            cast(value as varchar) as value,
            list(distinct cast(published as varchar)) as published,
            list(distinct cast(code as varchar)) as codes
        from found
        group by value
    """
    for value, wordings, found in connection.execute(sql).fetchall():
        names = {value, *wordings, *(known[each] for each in found if each in known)}
        yield value, {alias for name in names for alias in aliases_of(column, name)}


def _reference_names(column: str) -> Mapping[str, str]:
    """The names that the reference table has for codes."""
    if column not in FILES:
        return {}
    code = CODES[column]
    return {alias: row[column] for row in read(FILES[column]) for alias in aliases_of(code, row[code])}


def wordings(connection: duckdb.DuckDBPyConnection) -> list[Wording]:
    """Every wording of every question, the oldest first."""
    rows = connection.execute(
        f"""
        select
            cast(QuestionID as varchar) as code,
            cast(Question as varchar) as question,
            cast({PUBLISHED} as varchar) as wording,
            list(distinct YearStart order by YearStart) as years
        from health
        group by all
        order by code, question, years, wording
        """
    )
    return [
        Wording(code=code, question=question, wording=wording, years=years)
        for code, question, wording, years in rows.fetchall()
    ]


def years_by_question(connection: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """The survey years in which each question has published values; none for one that was never published."""
    return dict(
        connection.execute(
            """
            select
                cast(Question as varchar),
                coalesce(list(distinct YearStart order by YearStart) filter (where Data_Value is not null), [])
            from health
            where Question is not null
            group by Question
            order by 1
            """
        ).fetchall()
    )


def all_adults(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> str | None:
    """What the table calls the stratum of all adults; None when it has none, or no column of codes."""
    if CODES["Stratification1"] not in columns:
        return None
    sql = "select distinct cast(Stratification1 as varchar) from health where StratificationID1 = $code"
    return next((name for (name,) in connection.execute(sql, {"code": OVERALL}).fetchall()), None)
