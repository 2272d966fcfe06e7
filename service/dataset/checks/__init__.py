"""Checks of the table's rows: is its key a key, and are its figures possible?

They run on the temporary table `typed`, whose rows still lie in the file's order, so that a `rowid` leads to a line.
Rows that are not to count are deleted from it last, for which their numbers are kept in the table `dropped`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import duckdb

from service.dataset.checks.conditions import KEY_CHECKS, ROW_CHECKS, Check
from service.dataset.checks.duplicates import find_duplicates
from service.dataset.checks.findings import REFUSE, WARN, Fault
from service.dataset.checks.value_types import check_value_types
from service.settings import Dataset as Policies

COUNTED = "typed where rowid not in (select number from dropped)"


def find_faults(connection: duckdb.DuckDBPyConnection, columns: Collection[str], policies: Policies) -> list[Fault]:
    """All faults of `typed`, also those that the policies do not refuse; rows that are not to count are deleted."""
    connection.execute("create temp table dropped (number bigint)")
    faults = [*check_value_types(connection, columns, policies.value_types)]
    find_duplicates(connection, columns, COUNTED)
    faults += _check_each(connection, columns, policies, KEY_CHECKS, "number", "duplicates where true")
    connection.execute("insert into dropped select number from duplicates")
    connection.execute("drop table duplicates")
    faults += _check_each(connection, columns, policies, ROW_CHECKS, "rowid", COUNTED)
    connection.execute("delete from typed where rowid in (select number from dropped)")
    connection.execute("drop table dropped")
    return faults


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
