"""Checks of the table's rows: is its key a key, and are its figures possible?

They run on the temporary table `typed`, whose rows still lie in the file's order, so that a `rowid` leads to a line.
Rows that shall not count are listed in the temporary table `dropped`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import duckdb
from msgspec import Struct

from service.errors import DatasetError
from service.settings import Dataset as Policies

REFUSE, WARN = "refuse", "warn"
STRATUM = ("StratificationCategory1", "Stratification1")
STRATUM_CODE = "StratificationID1"
VALUE_TYPES = ("Data_Value_Type", "DataValueTypeID")
"""The first of them that the table has tells its value types apart."""
LIMITS = ("Low_Confidence_Limit", "High_Confidence_Limit")
MOST_NAMES, LONGEST_NAME = 5, 80
"""Of value types in a sentence: how many, and characters."""
FIGURES = ("YearEnd", "Data_Value", "Data_Value_Alt", *LIMITS, "Sample_Size")
"""Rows of one key are the same when these are; another footnote or wording does not make another row."""


class Finding(Struct, frozen=True):
    """What a check found, for clients: in how many rows, the line of the first, and in words, with what was done."""

    check: str
    count: int
    line: int
    text: str


class Check(NamedTuple):
    """A condition in SQL that no row should meet, and what is done with rows that do.

    `policy` is the key in [dataset] that decides whether they are refused; without one they never are.
    """

    name: str
    policy: str | None
    condition: str
    found: str
    done: str
    needs: tuple[str, ...] = ()
    """The columns without which there is nothing to check."""


class Fault(NamedTuple):
    """Rows that a check found: how many, the number of the first in the file, and what to say of them."""

    check: str
    refused: bool
    rows: int
    first: int
    found: str
    done: str
    remedy: str


KEY_CHECKS = (
    Check(
        name="duplicates",
        policy=None,
        condition="same",
        found="rows that are in the file again, with the same key and figures",
        done="each is counted once",
    ),
    Check(
        name="conflicts",
        policy="conflicts",
        condition="not same",
        found="rows whose key (year, place, question, stratum, value type) a later row has with other figures",
        done="only the later row is counted",
    ),
)
"""On `repeats`: the rows that come again further down in the file."""
ROW_CHECKS = (
    Check(
        name="out_of_range",
        policy="limits",
        condition="Data_Value not between 0 and 100",
        found="values outside 0 to 100",
        done="they are counted as published",
    ),
    Check(
        name="outside_limits",
        policy="limits",
        condition=(
            "(Data_Value < Low_Confidence_Limit or Data_Value > High_Confidence_Limit) "
            "and coalesce(Low_Confidence_Limit <= High_Confidence_Limit, true)"
        ),
        found="values outside their own confidence limits",
        done="they are counted as published",
        needs=LIMITS,
    ),
    Check(
        name="limits_order",
        policy="limits",
        condition="Low_Confidence_Limit > High_Confidence_Limit",
        found="rows whose low confidence limit is above the high one",
        done="they are counted as published",
        needs=LIMITS,
    ),
    Check(
        name="years",
        policy="years",
        condition="YearStart <> YearEnd",
        found="rows whose YearStart and YearEnd differ",
        done="they are counted in their YearStart",
        needs=("YearEnd",),
    ),
)
"""On the rows that count."""


COUNTED = "typed where rowid not in (select place from dropped)"


def check(connection: duckdb.DuckDBPyConnection, columns: Collection[str], policies: Policies) -> list[Fault]:
    """Make `dropped`, and tell all faults of `typed`."""
    connection.execute("create temp table dropped (place bigint)")
    faults = [*_check_value_types(connection, columns, policies.value_types)]
    _find_repeats(connection, columns)
    faults += _check_each(connection, columns, policies, KEY_CHECKS, "place", "repeats where true")
    connection.execute("insert into dropped select place from repeats")
    connection.execute("drop table repeats")
    faults += _check_each(connection, columns, policies, ROW_CHECKS, "rowid", COUNTED)
    return faults


def report(faults: list[Fault], file: str, line: Callable[[int], int]) -> list[Finding]:
    """The faults as findings, `line` giving the line of a row; raises DatasetError when any is refused."""
    findings = [
        Finding(
            check=fault.check,
            count=fault.rows,
            line=line(fault.first),
            text=f"{fault.found}: {fault.rows:,}; {fault.remedy if fault.refused else fault.done}",
        )
        for fault in faults
    ]
    refused = [
        f"{file}:{finding.line}: {finding.text}"
        for fault, finding in zip(faults, findings, strict=True)
        if fault.refused
    ]
    if refused:
        raise DatasetError("; ".join(refused))
    return findings


def _check_each(
    connection: duckdb.DuckDBPyConnection,
    columns: Collection[str],
    policies: Policies,
    checks: tuple[Check, ...],
    row: str,
    rows: str,
) -> Iterator[Fault]:
    for check in checks:
        if set(check.needs) <= set(columns):
            sql = f"select count(*), min({row}) from {rows} and ({check.condition})"
            [(count, first)] = connection.execute(sql).fetchall()
            if count:
                yield Fault(
                    check=check.name,
                    refused=check.policy is not None and getattr(policies, check.policy) == REFUSE,
                    rows=count,
                    first=first,
                    found=check.found,
                    done=check.done,
                    remedy=f'correct the file, or set {check.policy} in [dataset] to "{WARN}" ({check.done})',
                )


def _check_value_types(connection: duckdb.DuckDBPyConnection, columns: Collection[str], policy: str) -> Iterator[Fault]:
    """Values of another type than the one that the policy names, or else than the one with most rows.

    A name that the table lacks is refused. No type is a type too, except in rows that publish nothing.
    """
    column = _value_type(columns)
    if column is None:
        return
    typed = f"({column} is not null or Data_Value is not null)"
    types = _types(connection, column, typed)
    names = [name for name, _, _ in types]
    is_named = policy not in {REFUSE, WARN}
    kept = policy if is_named else next(iter(names), None)
    others = [each for each in types if each[0] != kept]
    if not others:
        return
    if is_named and kept in names:
        connection.execute(
            f"insert into dropped select rowid from typed where {typed} and {column} is distinct from $kept",
            {"kept": kept},
        )
    yield Fault(
        check="value_types",
        refused=policy == REFUSE or (is_named and kept not in names),
        rows=sum(rows for _, rows, _ in others),
        first=min(first for _, _, first in others),
        found=f"rows of another {column} than {_shown([kept])} ({_shown([name for name, _, _ in others])})",
        done="they are not counted" if is_named else "they are counted beside it",
        remedy=f'set value_types in [dataset] to the one to count, or to "{WARN}" to count all of them',
    )


def _types(connection: duckdb.DuckDBPyConnection, column: str, typed: str) -> list[tuple[str | None, int, int]]:
    """Each type with its rows and the number of the first; the one with most rows comes first."""
    return connection.execute(
        f"""
        select cast(type as varchar), number, first
        from (select {column} as type, count(*) as number, min(rowid) as first from typed where {typed} group by all)
        order by number desc, first
        """
    ).fetchall()


def _shown(names: list[str | None]) -> str:
    more = ["…"] if len(names) > MOST_NAMES else []
    return ", ".join(["none" if name is None else repr(name[:LONGEST_NAME]) for name in names[:MOST_NAMES]] + more)


def _value_type(columns: Collection[str]) -> str | None:
    return next((name for name in VALUE_TYPES if name in columns), None)


def _key(columns: Collection[str]) -> list[str]:
    """What tells rows apart, in SQL: codes, which outlast changes of wording, and names where a stratum has none."""
    stratum: tuple[str, ...] = STRATUM
    if STRATUM_CODE in columns:
        stratum = (STRATUM_CODE, *(f"case when {STRATUM_CODE} is null then {name} end" for name in STRATUM))
    value_type = _value_type(columns)
    return ["YearStart", "LocationAbbr", "QuestionID", *stratum, *([value_type] if value_type else [])]


def _find_repeats(connection: duckdb.DuckDBPyConnection, columns: Collection[str]) -> None:
    """Make `repeats`: the rows whose key comes again further down, and whether the last such row is the same.

    Keys are counted first, for which codes alone are read: few tables have any that comes twice.
    """
    key = _key(columns)
    names = [f"key{place}" for place in range(len(key))]
    keys = ", ".join(f"{part} as {name}" for part, name in zip(key, names, strict=True))
    connection.execute(
        f"create temp table twice as select {keys}, max(rowid) as last from {COUNTED} group by all having count(*) > 1"
    )
    equal = " and ".join(f"{part} is not distinct from twice.{name}" for part, name in zip(key, names, strict=True))
    same = " and ".join(f"earlier.{name} is not distinct from later.{name}" for name in FIGURES if name in columns)
    connection.execute(
        f"""
        create temp table repeats as
        with again as (
            select
                typed.rowid as place,
                twice.last as last
            from typed
            inner join twice on {equal}
            where typed.rowid < twice.last
        )
        select
            again.place as place,
            {same} as same
        from again
        inner join typed as earlier on again.place = earlier.rowid
        inner join typed as later on again.last = later.rowid
        """
    )
    connection.execute("drop table twice")
