"""Arrow's types for those of DuckDB whose values come as plain Python objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

PLAIN: Mapping[str, Callable[[Any], pa.DataType]] = {
    "boolean": lambda _: pa.bool_(),
    "tinyint": lambda _: pa.int8(),
    "smallint": lambda _: pa.int16(),
    "integer": lambda _: pa.int32(),
    "bigint": lambda _: pa.int64(),
    "hugeint": lambda _: pa.int64(),
    "utinyint": lambda _: pa.uint8(),
    "usmallint": lambda _: pa.uint16(),
    "uinteger": lambda _: pa.uint32(),
    "ubigint": lambda _: pa.uint64(),
    "float": lambda _: pa.float32(),
    "double": lambda _: pa.float64(),
    "varchar": lambda _: pa.string(),
    "enum": lambda _: pa.string(),
    "date": lambda _: pa.date32(),
    "time": lambda _: pa.time64("us"),
    "timestamp": lambda _: pa.timestamp("us"),
    "decimal": lambda kind: pa.decimal128(*(number for _, number in kind.children)),
    "null": lambda _: pa.null(),
}
"""DuckDB's name of a type -> what makes the Arrow type of it."""


def arrow_type(kind: Any) -> pa.DataType | None:
    """The Arrow type of a DuckDB type; None for one that is left to DuckDB's own way to Arrow, slower for few rows."""
    if kind.id == "list":
        item = arrow_type(kind.children[0][1])
        return None if item is None else pa.list_(item)
    make = PLAIN.get(kind.id)
    return make(kind) if make else None


def plain(schema: pa.Schema) -> pa.Schema:
    """The schema with texts in place of the table's ENUMs, which other tools read as numbers with a list."""
    return pa.schema([field.with_type(_plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    return pa.string() if pa.types.is_dictionary(kind) else kind
