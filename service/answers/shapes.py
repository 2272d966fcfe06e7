"""The JSON shape that a statistic asks for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from service.engine.result import Row
from service.errors import ServiceError
from service.suggest import hint

Shape = Callable[[Sequence[Row]], Any]
"""Rows -> what `data` holds in JSON."""


def make_shape(returns: str, columns: Sequence[str]) -> Shape:
    """The shape that a header's `returns` declares, for rows of these columns.

    `rows`, `row`, `{key: value}`, `{(a, b): value}`, or nested as in `{a: {(b, c): value}}`.
    Raises ValueError, in words, when it is none of these or names a column that is not there.
    """
    if returns == "rows":
        return lambda rows: [dict(zip(columns, row, strict=True)) for row in rows]
    if returns == "row":
        return lambda rows: _only(columns, rows)
    keys, value = levels(returns, columns)
    makers = [_key_maker(key) for key in keys]
    return lambda rows: _dictionary(rows, makers, value)


def _only(columns: Sequence[str], rows: Sequence[Row]) -> dict[str, Any] | None:
    """The row as an object; null on a page behind it."""
    if len(rows) > 1:
        raise ServiceError(f"`returns: row` takes one row, but the SQL gave {len(rows)}")
    return dict(zip(columns, rows[0], strict=True)) if rows else None


def levels(returns: str, columns: Sequence[str]) -> tuple[list[tuple[int, ...]], int]:
    """The column numbers of each level's key, outermost first, and of the value.

    The notation is that of a Python dictionary, so Python's own parser reads it.
    """
    try:
        node = ast.parse(returns, mode="eval").body
    except (SyntaxError, ValueError):
        raise ValueError(_not_a_shape(returns)) from None
    keys = []
    while isinstance(node, ast.Dict) and len(node.keys) == 1 and node.keys[0] is not None:
        key = node.keys[0]
        parts = key.elts if isinstance(key, ast.Tuple) else [key]
        keys.append(tuple(_column(part, returns, columns) for part in parts))
        node = node.values[0]
    if not keys or () in keys:
        raise ValueError(_not_a_shape(returns))
    return keys, _column(node, returns, columns)


def _column(node: ast.expr, returns: str, columns: Sequence[str]) -> int:
    if not isinstance(node, ast.Name):
        raise ValueError(_not_a_shape(returns))
    if node.id not in columns:
        known = ", ".join(columns)
        raise ValueError(f"{returns!r} names {node.id}, but the SQL's columns are {known}{hint(node.id, columns)}")
    return columns.index(node.id)


def _not_a_shape(returns: str) -> str:
    return f"{returns!r} is no shape; write rows, row, {{key: value}}, {{(a, b): value}} or {{a: {{b: value}}}}"


def _key_maker(key: tuple[int, ...]) -> Callable[[Row], str]:
    if len(key) == 1:
        column = key[0]
        return lambda row: str(row[column])
    get = itemgetter(*key)
    return lambda row: repr(get(row))


def _dictionary(rows: Sequence[Row], makers: Sequence[Callable[[Row], str]], value: int) -> dict[str, Any]:
    *outer, last = makers
    shaped: dict[str, Any] = {}
    for row in rows:
        place = shaped
        for make in outer:
            place = place.setdefault(make(row), {})
        key = last(row)
        if key in place:
            raise ServiceError(f"two rows have the key {key}; the SQL must give each key once (group by it)")
        place[key] = row[value]
    return shaped
