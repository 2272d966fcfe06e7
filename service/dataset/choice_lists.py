"""The choices of the table's columns: each list is found once, and those that most ask for are kept with the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import duckdb
import msgspec

from service.dataset import reference_tables
from service.dataset.choices import CODES, Choice, require_columns
from service.dataset.identifiers import columns_of, quoted
from service.dataset.names import Names, other_names

Key = tuple[str, str | None]
"""A column, and that of its values' codes."""


class ChoicesOf(msgspec.Struct, frozen=True):
    """The values of a column, with their codes from another."""

    column: str
    code: str | None
    choices: tuple[Choice, ...]


class ChoiceLists:
    """Those of the table `health`, of which some may be known already."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, known: Iterable[ChoicesOf] = ()) -> None:
        self._connection = connection
        self._columns = columns_of(connection, "health")
        self._known: dict[Key, tuple[Choice, ...]] = {(each.column, each.code): each.choices for each in known}

    def __call__(self, column: str, code: str | None = None) -> tuple[Choice, ...]:
        """The values of a column in their order, each with its code; raises ValueError for an unknown column."""
        if (column, code) not in self._known:  # many statistics ask for the same
            self._known[column, code] = self._found(column, code)
        return self._known[column, code]

    def _found(self, column: str, code: str | None) -> tuple[Choice, ...]:
        require_columns(self._columns, column, code)
        codes = f"min(cast({quoted(code)} as varchar))" if code else "null"
        value = quoted(column)
        sql = f"select {value}, {codes} from health where {value} is not null group by {value} order by {value}"
        with self._connection.cursor() as cursor:
            found = cursor.execute(sql).fetchall()
        names = self._names.get(column, {})
        return tuple(Choice(value, short, (*names.get(value, ()), *_aliases(code, short))) for value, short in found)

    @cached_property
    def _names(self) -> Mapping[str, Names]:
        return other_names(self._connection, self._columns)

    def usual(self) -> tuple[ChoicesOf, ...]:
        """Those that statistics and clients ask for."""
        return tuple(ChoicesOf(column, code, self(column, code)) for column, code in _usual(self._columns))


def _usual(there: Sequence[str]) -> list[Key]:
    codes = [(column, code) for column, code in CODES.items() if {column, code} <= {*there}]
    alone = [name for name in ("YearStart", *CODES, *CODES.values()) if name in there]
    return [*codes, *((name, None) for name in alone)]


def _aliases(column: str | None, value: str | None) -> list[str]:
    """The names of a code in other editions."""
    return sorted(reference_tables.aliases_of(column, value) - {value}) if column and value else []
