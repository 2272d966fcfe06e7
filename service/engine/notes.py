"""The columns `note` and `conclusion` of a SELECT: their texts are about the answer as a whole, and not in its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from service.engine.result import Result
from service.errors import ServiceError


class Kind(NamedTuple):
    """How many distinct texts an answer may have in such a column, and what is wrong with more, in words."""

    most: int
    excess: str


KINDS = {
    "note": Kind(
        most=20,
        excess="more than 20 different notes; a note is about the answer as a whole; give a column about its rows "
        "another name",
    ),
    "conclusion": Kind(
        most=1,
        excess="two different conclusions; an answer has one, the same in each row: compute it in a CTE of one row and "
        "cross join that, or give a column about the rows another name",
    ),
}
TEXTS = frozenset({"varchar", "enum"})


class Notes:
    """Takes these columns off the rows of a result, where they are there, and keeps their texts."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        self._name = name
        self._places = {column: columns.index(column) for column in KINDS if column in columns}
        self._kept = [place for place, column in enumerate(columns) if column not in KINDS]
        self._texts: dict[str, dict[str, None]] = {column: {} for column in KINDS}

    def tell(self, result: Result) -> Result:
        """Give a result the texts, each once, in the order of their first appearance; all rows must have been read."""
        result.notes = tuple(self._texts["note"])
        result.conclusion = next(iter(self._texts["conclusion"]), None)
        return result

    def schema(self, schema: pa.Schema) -> pa.Schema:
        return pa.schema([schema.field(place) for place in self._kept]) if self._places else schema

    def columns(self, columns: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        for column, place in self._places.items():
            self._add(column, dict.fromkeys(columns[place]))
        return [columns[place] for place in self._kept]

    def batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for column, place in self._places.items():
                self._add(column, batch.column(place).unique().to_pylist())
            yield batch.select(self._kept) if self._places else batch

    def _add(self, column: str, texts: Iterable[str | None]) -> None:
        found, kind = self._texts[column], KINDS[column]
        for text in texts:
            if text is not None and text not in found:
                if len(found) == kind.most:
                    raise ServiceError(f"{self._name} gives {kind.excess}")
                found[text] = None


def fault_of(columns: Sequence[str], types: Sequence[Any]) -> tuple[str, str] | None:
    """The first such column that is none among columns of these DuckDB types, and what is wrong with it, if any is."""
    found = [(name, kind) for name, kind in zip(columns, types, strict=True) if name in KINDS]
    names = [name for name, _ in found]
    for name, kind in found:
        if names.count(name) > 1:
            return name, f"two columns are named {name}; a row has one {name}"
        if kind.id not in TEXTS:
            return (
                name,
                f"the column {name} is of type {kind}, but a {name} is a text; cast it, or give it another name",
            )
    if found and len(found) == len(columns):
        return names[-1], f"there is no column but {' and '.join(names)}, no part of the rows; add those of the answer"
    return None
