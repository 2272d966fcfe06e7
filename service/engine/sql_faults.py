"""Faults of a statistic's SQL, each with its line."""

from __future__ import annotations

import re
from typing import Any

from service.engine.column_types import arrow_type
from service.engine.protocol import SqlFault
from service.errors import Unusable


def require_holdable(sql: str, name: str, kind: Any) -> None:
    try:
        arrow_type(kind)
    except Unusable as error:
        raise SqlFault(line_of(sql, name), f"the column {name} {error}") from None


def line_of(sql: str, column: str) -> int:
    """The line that names a column last; the first when none does."""
    return sql[: max(0, sql.rfind(column))].count("\n") + 1


def hidden_by_alias(sql: str, message: str) -> SqlFault | None:
    """DuckDB names no line for a column that the table lacks when the SELECT gives one of that name, in any case."""
    found = re.search(r'Column "(\w+)" referenced that exists in the SELECT clause', message)
    if found is None:
        return None
    lines = enumerate(sql.splitlines(), 1)
    line = next((number for number, text in lines if re.search(rf"^[^-]*\b{found[1]}\b", text)), 1)
    return SqlFault(line, f'Binder Error: Referenced column "{found[1]}" not found in FROM clause')


def sql_fault(error: Exception) -> SqlFault:
    """DuckDB's message on one line, with the line of the file that it points at."""
    message = str(error)
    line = re.search(r"^LINE (\d+):", message, re.MULTILINE)
    text = message[: line.start()] if line else message
    return SqlFault(int(line[1]) if line else 1, " ".join(text.split()))
