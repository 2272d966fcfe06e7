"""A file may hold several editions of the table: what was renamed gets one name in all rows, the newest."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb

from service.dataset.identifiers import columns_of, quoted
from service.dataset.reference_tables import COLUMNS, aliases

log = logging.getLogger(__name__)

PUBLISHED = "Question_Published"
"""The column that keeps each row's question as it was published."""
NAMED_BY_CODE = {
    "Question": "QuestionID",
    "StratificationCategory1": "StratificationCategoryId1",
    "Stratification1": "StratificationID1",
}
"""Columns of names that change from one edition to the next, and those of the codes that stay."""
NEWEST = """
create temp table {table} as
with used as (
    select {by} as key, {column} as name, {group} as together, YearStart as year, count(*) as published
    from typed
    where {by} is not null and {column} is not null
    group by all
),
newest as (
    select together, last(name order by year, published, cast(name as varchar)) as name
    from used
    where together is not null
    group by together
    having count(distinct name) > 1
)
select distinct used.key, newest.name
from used
inner join newest on used.together = newest.together
"""


class Renaming(NamedTuple):
    """Values of `column` are replaced by those in `table`, which has one for each `key`, a value of the column `by`."""

    column: str
    by: str
    table: str

    @property
    def join(self) -> str:
        return f"left join {self.table} on typed.{quoted(self.by)} = {self.table}.key"


def unify(connection: duckdb.DuckDBPyConnection, order: Sequence[str], derived: Mapping[str, str]) -> None:
    """Create `health` from `typed`, with the newest names and the columns `derived`, sorted by the columns in `order`.

    A column of which data/aliases.csv knows two names gets both, for SQL that was written for either edition.
    """
    columns = columns_of(connection, "typed")
    renamings = [each for each in _renamings(columns) if _has_any(connection, each)]
    values = {column: _value(column, renamings) for column in columns}
    published = f"coalesce({values[PUBLISHED]}, typed.Question)" if PUBLISHED in values else "typed.Question"
    selected = {**values, **_under_each_name(values), PUBLISHED: published, **derived}
    listed = ", ".join(f"{value} as {quoted(column)}" for column, value in selected.items())
    joins = " ".join(each.join for each in renamings)
    sorting = ", ".join([*(values[column] for column in order), "typed.rowid"])
    connection.execute(f"create table health as select {listed} from typed {joins} order by {sorting}")
    for each in renamings:
        connection.execute(f"drop table {each.table}")


def _renamings(columns: Sequence[str]) -> Iterator[Renaming]:
    for column in aliases():
        if column in columns:
            yield Renaming(column=column, by=column, table=f"alias_of_{column}")
    for column, code in NAMED_BY_CODE.items():
        if column in columns and code in columns:
            yield Renaming(column=column, by=code, table=f"newest_{column}")


def _has_any(connection: duckdb.DuckDBPyConnection, renaming: Renaming) -> bool:
    """Create the table of a renaming, and log what it holds; without anything it is dropped again."""
    by, column = quoted(renaming.by), quoted(renaming.column)
    is_alias = renaming.by == renaming.column
    group = f"list_filter($groups, lambda g: list_contains(g, cast({by} as varchar)))[1]" if is_alias else by
    groups = {"groups": [sorted(group) for group in aliases()[renaming.column]]} if is_alias else None
    connection.execute(NEWEST.format(table=renaming.table, by=by, column=column, group=group), groups)
    found = connection.execute(f"select cast(key as varchar), cast(name as varchar) from {renaming.table}").fetchall()
    for key, name in sorted(found):
        if key != name:
            log.info("%s %s has several names in the table; all its rows have the newest, %r", renaming.by, key, name)
    if not found:
        connection.execute(f"drop table {renaming.table}")
    return bool(found)


def _value(column: str, renamings: Sequence[Renaming]) -> str:
    """Aliases come first: they are declared for a code that was itself renamed."""
    names = [f"{each.table}.name" for each in renamings if each.column == column]
    return f"coalesce({', '.join([*names, f'typed.{quoted(column)}'])})" if names else f"typed.{quoted(column)}"


def _under_each_name(values: Mapping[str, str]) -> Mapping[str, str]:
    """For each column with several names its values under each of them, wherever the file has them."""
    spelled = {column.casefold(): column for column in values}
    found: dict[str, str] = {}
    for group in aliases().get(COLUMNS, ()):
        there = [values[spelled[name.casefold()]] for name in sorted(group) if name.casefold() in spelled]
        if there:
            value = there[0] if len(there) == 1 else f"coalesce({', '.join(there)})"
            found |= {spelled.get(name.casefold(), name): value for name in sorted(group)}
    return found
