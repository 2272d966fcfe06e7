"""Numbers as people write them → as SQL casts them. Where two readings differ a thousandfold, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from service.dataset.identifiers import literal
from service.dataset.reading.raw import Raw
from service.errors import DatasetError

NUMBERS = {
    "YearStart": "integer",
    "YearEnd": "integer",
    "Data_Value": "double",
    "Data_Value_Alt": "double",
    "Low_Confidence_Limit": "double",
    "High_Confidence_Limit": "double",
    "Sample_Size": "integer",
}
COUNTS = ("Sample_Size",)
"""Those that may be written with separators of thousands."""
MISSING = ("", "na", "n/a", "nan", "null", "none", "~", "#n/a")
"""What stands for a missing number, in lower case."""
SPACES = " \t\r\n\u00a0"
"""Around a number they mean nothing."""


class _Convention(NamedTuple):
    """How numbers are written; `grouping` is a pattern of what may separate thousands."""

    decimal: str
    grouping: str

    def number(self) -> str:
        """SQL: `text` as SQL writes numbers; null if it is none."""
        digits = rf"(\d+|\d{{1,3}}({self.grouping}\d{{3}})+)"
        pattern = rf"[+-]?({digits}([{self.decimal}]\d*)?|[{self.decimal}]\d+)([eE][+-]?\d+)?"
        plain = f"replace(regexp_replace(text, {literal(self.grouping)}, '', 'g'), '{self.decimal}', '.')"
        return f"case when regexp_full_match(text, {literal(pattern)}) then {plain} end"


CONVENTIONS = {
    "point": _Convention(".", r"[,'\x{2019} \x{a0}\x{202f}]"),
    "comma": _Convention(",", r"[.'\x{2019} \x{a0}\x{202f}]"),
}
SETTINGS = {".": "point", ",": "comma"}


def clean(connection: duckdb.DuckDBPyConnection, raw: Raw) -> None:
    """Rewrite the cells of the columns in NUMBERS as SQL writes numbers; those that are missing become null.

    Raises DatasetError for the first that is no number, or may be two.
    """
    places = {column.place: column.name for column in raw.columns if column.name in NUMBERS}
    if not places:
        return
    _read(connection, places)
    convention = SETTINGS.get(raw.decimal) or _convention(connection, raw)
    _refuse_faults(connection, raw, convention)
    for place in places:
        changed = f"place = {place} and {convention} is distinct from cell"
        if connection.execute(f"select 1 from cells where {changed} limit 1").fetchall():
            connection.execute(f"update raw set c{place} = {convention} from cells where c{place} = cell and {changed}")
    connection.execute("drop table cells")


def _read(connection: duckdb.DuckDBPyConnection, places: dict[int, str]) -> None:
    """Create `cells`: each different cell with its first row, its text, and its number by each convention."""
    distinct = " union all ".join(
        f"select {place} as place, '{name}' as name, c{place} as cell, min(rowid) as row from raw "
        f"where c{place} is not null group by c{place}"
        for place, name in places.items()
    )
    missing = ", ".join(map(literal, MISSING))
    trimmed = f"trim(cell, {literal(SPACES)})"
    numbers = ", ".join(f"{convention.number()} as {name}" for name, convention in CONVENTIONS.items())
    connection.execute(
        f"""
        create temp table cells as
        select *, {numbers}
        from (select *, case when lower({trimmed}) not in ({missing}) then {trimmed} end as text from ({distinct}))
        """
    )


def _convention(connection: duckdb.DuckDBPyConnection, raw: Raw) -> str:
    """The one convention by which every cell is a number; raises DatasetError when both are, with different numbers."""
    if raw.separator in {"", ","}:
        # The decimal sign is a point, but counts may still have been written with points between thousands.
        _refuse_two_readings(
            connection,
            raw,
            """contains(text, '.') and place not in (
                select place from cells where contains(text, '.') and comma is null
            )""",
            names=COUNTS,
        )
        return "point"
    [(point, comma)] = connection.execute(
        "select count(*) filter (point is null), count(*) filter (comma is null) from cells where text is not null"
    ).fetchall()
    if not point and not comma:
        _refuse_two_readings(connection, raw, "true", names=NUMBERS)
    return "comma" if comma < point else "point"


def _refuse_two_readings(
    connection: duckdb.DuckDBPyConnection, raw: Raw, condition: str, *, names: Iterable[str]
) -> None:
    for row, name, cell, point, comma in connection.execute(
        f"""
        select row, name, cell, point, comma from cells
        where point::double != comma::double and name in ({", ".join(map(literal, names))}) and {condition}
        order by place, row limit 1
        """
    ).fetchall():
        raise DatasetError(
            f"{raw.at(raw.line(row))}: column {name}: {cell!r} can be read as {point} or as {comma}; set decimal in "
            '[dataset] to "." or ","'
        )


def _refuse_faults(connection: duckdb.DuckDBPyConnection, raw: Raw, convention: str) -> None:
    decimal = CONVENTIONS[convention].decimal
    whole = f"name in ({', '.join(literal(name) for name, kind in NUMBERS.items() if kind == 'integer')})"
    counts = ", ".join(map(literal, COUNTS))
    for row, name, cell, fault in connection.execute(
        f"""
        select row, name, cell, fault
        from (
            select *, case
                when not coalesce(isfinite(try_cast({convention} as double)), false)
                    then if({whole}, 'is not a whole number', 'is not a number')
                when {whole} and try_cast({convention} as integer) is distinct from try_cast({convention} as double)
                    then 'is not a whole number'
                when name not in ({counts}) and replace(text, '{decimal}', '.') != {convention}
                    then 'has separators between thousands, which only {", ".join(COUNTS)} may have'
            end as fault
            from cells where text is not null
        )
        where fault is not null
        order by place, row limit 1
        """
    ).fetchall():
        raise DatasetError(
            f"{raw.at(raw.line(row))}: column {name}: {cell!r} {fault}; correct the file or fetch it again"
        )
