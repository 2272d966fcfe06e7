"""The JSON shape that a statistic asks for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from types import NoneType
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
    return lambda rows: _dictionary(list(zip(*rows, strict=True)), keys, value) if rows else {}


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


def _dictionary(columns: Sequence[Sequence[Any]], keys: Sequence[tuple[int, ...]], value: int) -> dict[str, Any]:
    *outer, last = [_keys([columns[place] for place in key]) for key in keys]
    shaped: dict[str, Any] = {}
    for *names, key, held in zip(*outer, last, columns[value], strict=True):
        place = shaped
        for name in names:
            place = place.setdefault(name, {})
        if key in place:
            raise ServiceError(f"two rows have the key {key}; the SQL must give each key once (group by it)")
        place[key] = held
    return shaped


def _keys(columns: Sequence[Sequence[Any]]) -> Iterable[str]:
    """The key of each row: its value, or its values as Python writes a tuple. Those of a column repeat."""
    if len(columns) == 1:
        return _texts(str, columns[0])
    parts = zip(*(_texts(repr, column) for column in columns), strict=True)
    return [f"({', '.join(texts)})" for texts in parts]


def _texts(write: Callable[[Any], str], values: Sequence[Any]) -> list[str]:
    """The text of each value; that of a text is made once, as few differ."""
    if {*map(type, values)} <= {str, NoneType}:
        written = {value: write(value) for value in {*values}}
        return [written[value] for value in values]
    return [write(value) for value in values]  # 1, 1.0 and True are equal, but not the same
