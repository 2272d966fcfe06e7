"""The types that a column may have, and the Arrow type of each, whichever way its rows come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from service.engine import arrow_compute as pc
from service.errors import Unusable

TYPES: Mapping[str, Callable[[Any], pa.DataType]] = {
    "boolean": lambda _: pa.bool_(),
    "tinyint": lambda _: pa.int8(),
    "smallint": lambda _: pa.int16(),
    "integer": lambda _: pa.int32(),
    "bigint": lambda _: pa.int64(),
    # What sum() gives of whole numbers; other tools compute with 64 bits.
    "hugeint": lambda _: pa.int64(),
    "utinyint": lambda _: pa.uint8(),
    "usmallint": lambda _: pa.uint16(),
    "uinteger": lambda _: pa.uint32(),
    "ubigint": lambda _: pa.uint64(),
    "uhugeint": lambda _: pa.uint64(),
    "float": lambda _: pa.float32(),
    "double": lambda _: pa.float64(),
    "decimal": lambda kind: pa.decimal128(*(number for _, number in kind.children)),
    "varchar": lambda _: pa.string(),
    # Arrow's own, a dictionary, is a number to some tools.
    "enum": lambda _: pa.string(),
    "uuid": lambda _: pa.string(),
    "blob": lambda _: pa.binary(),
    "date": lambda _: pa.date32(),
    "time": lambda _: pa.time64("us"),
    "timestamp": lambda _: pa.timestamp("us"),
    "timestamp_s": lambda _: pa.timestamp("s"),
    "timestamp_ms": lambda _: pa.timestamp("ms"),
    "timestamp with time zone": lambda _: pa.timestamp("us", "UTC"),
    "null": lambda _: pa.null(),
    "list": lambda kind: pa.list_(arrow_type(kind.children[0][1])),
    "array": lambda kind: pa.list_(arrow_type(kind.children[0][1]), kind.children[1][1]),
    "struct": lambda kind: pa.struct([(name, arrow_type(child)) for name, child in kind.children]),
    "map": lambda kind: pa.map_(*(arrow_type(child) for _, child in kind.children)),
}
"""DuckDB's name of a type -> what makes the Arrow type of it. Every format can hold these, and no others."""

QUICK = frozenset(
    "boolean tinyint smallint integer bigint hugeint utinyint usmallint uinteger ubigint float double decimal "
    "varchar enum null".split()
)
"""Types whose every value DuckDB gives as the Python value that Arrow takes."""
KEYS = frozenset("tinyint smallint integer bigint utinyint usmallint uinteger ubigint varchar enum".split())
"""Types of a map's keys that can be names in JSON."""


def arrow_type(kind: Any) -> pa.DataType:
    """The Arrow type of a DuckDB type; raises Unusable for one that not every format can hold."""
    if kind.id not in TYPES or (kind.id == "map" and kind.children[0][1].id not in KEYS):
        fix = "cast it, as in `::varchar` or `::timestamp`"
        raise Unusable(f"is of type {kind}, which not every format can hold; {fix}")
    return TYPES[kind.id](kind)


def is_quick(kind: Any) -> bool:
    """Whether values of the type may come by way of Python."""
    return kind.id in QUICK or (kind.id == "list" and is_quick(kind.children[0][1]))


def array_of(name: str, values: Any, kind: pa.DataType) -> pa.Array:
    """Python's values of a column as Arrow; raises Unusable when one does not fit its type."""
    try:
        return pa.array(values, kind)
    except (OverflowError, pa.ArrowInvalid):
        raise _too_large(name) from None


def fit(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of DuckDB's in the types of the schema; raises Unusable when a value does not fit its type."""
    columns = [_fit(column, field) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.record_batch(columns, schema=schema)


def _fit(column: pa.Array, field: pa.Field) -> pa.Array:
    try:
        column = column.cast(field.type)
    except pa.ArrowInvalid:
        raise _too_large(field.name) from None
    for part in _parts(column):
        if pa.types.is_temporal(part.type):
            try:
                pc.min_max(part).as_py()
            except (ValueError, OverflowError):
                what = "is infinite, or outside the years 1 to 9999"
                raise Unusable(f"{field.name} has a time that {what}; leave it out, or cast it to varchar") from None
    return column


def _parts(column: pa.Array) -> Iterator[pa.Array]:
    """The column, or the columns that are nested in it."""
    if pa.types.is_map(column.type):
        yield from _parts(column.keys)
        yield from _parts(column.items)
    elif pa.types.is_struct(column.type):
        for part in column.flatten():
            yield from _parts(part)
    elif pa.types.is_nested(column.type):
        yield from _parts(column.flatten())
    else:
        yield column


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _too_large(name: str) -> Unusable:
    return Unusable(f"{name} has a whole number of more than 64 bits; cast it, as in {name}::double")
