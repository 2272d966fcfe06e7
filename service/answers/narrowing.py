"""Rows and columns of a result that a request picks, in PostgREST's grammar: `select`, `order` and conditions.

The grammar is that of https://postgrest.org/en/stable/references/api/tables_views.html, without casts, aggregates,
computed columns, regular expressions, full-text search and the operators of arrays and ranges.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import pyarrow as pa
from msgspec.structs import replace

from service.answers.answer import Answer
from service.answers.filters import condition_of, field_of
from service.answers.shapes import make_shape
from service.answers.years import years_in
from service.engine import arrow_compute as pc
from service.engine.result import Result
from service.engine.spool import Spool
from service.errors import BadRequest

Rows = TypeVar("Rows", pa.Table, pa.RecordBatch)
Filters = Mapping[str, Sequence[str]]

ORDERS = {"asc": ("ascending", "at_end"), "desc": ("descending", "at_start")}
NULLS = {"nullsfirst": "at_start", "nullslast": "at_end"}


class Narrowing(NamedTuple):
    """What to keep: the rows of `condition`, in `order`, and the `columns`, each a new name and an old one."""

    text: str
    """As it was asked for, in one form."""
    condition: pc.Expression | None
    order: Sequence[tuple[str, str, str]]
    columns: Sequence[tuple[str, str]]

    def filtered(self, result: Result) -> Iterator[pa.RecordBatch]:
        """The rows of `condition`, in the order of the result."""
        for batch in result.batches():
            yield batch if self.condition is None else batch.filter(self.condition)

    def needed(self, schema: pa.Schema) -> list[str]:
        """The columns to be kept until the rows are sorted, so that other ones take no room."""
        if not self.columns:
            return list(schema.names)
        return list(dict.fromkeys([*(name for _, name in self.columns), *(name for name, _, _ in self.order)]))

    def picked(self, rows: Rows) -> Rows:
        """The same rows with the columns asked for."""
        if not self.columns:
            return rows
        return rows.select([name for _, name in self.columns]).rename_columns([name for name, _ in self.columns])


def narrow(answer: Answer, narrowing: Narrowing, spool: Spool) -> Answer:
    """The answer of the rows and columns that are asked for. Takes time: not for the event loop.

    Raises BadRequest for the order of more rows than stay in memory.
    """
    schema, name = answer.result.schema, answer.provenance.statistic
    if narrowing.order:
        rows = _in_memory(answer, narrowing, spool)
        rows = rows.take(pc.sort_indices(rows, sort_keys=narrowing.order))
        result = Result.of_table(narrowing.picked(rows))
    else:
        batches = map(narrowing.picked, narrowing.filtered(answer.result))
        result = spool.keep(name, narrowing.picked(schema.empty_table()).schema, batches)
    key = hashlib.blake2b(f"{answer.key} {narrowing.text}".encode(), digest_size=16).hexdigest()
    years = years_in(result)
    provenance = replace(
        answer.provenance, narrowed=narrowing.text, years=answer.provenance.years if years is None else years
    )
    shape = make_shape("rows", result.names)
    return Answer(key=key, provenance=provenance, returns="rows", result=result, shape=shape)


def _in_memory(answer: Answer, narrowing: Narrowing, spool: Spool) -> pa.Table:
    """The rows that are left, unsorted; raises BadRequest for too many."""
    needed = narrowing.needed(answer.result.schema)
    schema = pa.schema([answer.result.schema.field(name) for name in needed])
    batches = (batch.select(needed) for batch in narrowing.filtered(answer.result))
    found = spool.keep(answer.provenance.statistic, schema, batches)
    if found.file is not None:
        reason = (
            f"order: {found.length} rows are too many to be sorted; "
            "narrow them further, select fewer columns, or leave order out"
        )
        raise BadRequest(reason, parameter="order", rows=found.length)
    return pa.Table.from_batches(found.batches(), schema)


def make_narrowing(schema: pa.Schema, select: str | None, order: str | None, filters: Filters) -> Narrowing:
    """What a request asks for; raises BadRequest, naming the parameter. Takes time: not for the event loop."""
    chosen = {"select": select, "order": order}
    pairs = [(name, text) for name, text in chosen.items() if text is not None]
    pairs += [(name, text) for name, texts in sorted(filters.items()) for text in texts]
    return Narrowing(
        text=", ".join(f"{name}={text}" for name, text in pairs),
        condition=condition_of(schema, filters),
        order=[_order(schema, part) for part in order.split(",")] if order else (),
        columns=_columns(schema, select) if select and select != "*" else (),
    )


def _columns(schema: pa.Schema, text: str) -> list[tuple[str, str]]:
    """`select=state,mean:value`: the columns, some under other names."""
    found = []
    for part in text.split(","):
        alias, colon, name = part.strip().rpartition(":")
        found.append((alias if colon else name, field_of(schema, name, "select").name))
    names, columns = zip(*found, strict=True)
    # Also under two names: a thousand times the same column would be a thousand times the answer.
    if len({*names}) < len(names) or len({*columns}) < len(columns) or "" in names:
        raise BadRequest("select names a column twice, or gives one no name; name each once", parameter="select")
    return found


def _order(schema: pa.Schema, part: str) -> tuple[str, str, str]:
    """`order=value.desc.nullslast`; nulls count as larger than any value unless it says otherwise."""
    name, *words = part.strip().split(".")
    field = field_of(schema, name, "order")
    direction, nulls = ORDERS[words.pop(0)] if words and words[0] in ORDERS else ORDERS["asc"]
    if words and words[0] in NULLS:
        nulls = NULLS[words.pop(0)]
    if words:
        allowed = [*ORDERS, *NULLS]
        reason = f"order: {part[:60]!r} cannot be read; write COLUMN.asc or COLUMN.desc, and .nullsfirst or .nullslast"
        raise BadRequest(reason, parameter="order", allowed=allowed)
    if pa.types.is_nested(field.type):
        raise BadRequest(f"order: {name} holds lists or structures, which have no order", parameter="order")
    return name, direction, nulls
