"""The column `note` of a SELECT: its texts are about the answer as a whole, so they are no part of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from service.engine.result import Row
from service.errors import ServiceError

NOTE = "note"
MOST = 20
"""Distinct notes of an answer: more of them are about its rows."""
TEXTS = frozenset({"varchar", "enum"})


class Notes:
    """Takes the column off the rows of a result, if it is there, and keeps its texts."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        self._name = name
        self._place = columns.index(NOTE) if NOTE in columns else None
        self._texts: dict[str, None] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """Each once, in the order of their first appearance."""
        return tuple(self._texts)

    def schema(self, schema: pa.Schema) -> pa.Schema:
        return schema if self._place is None else schema.remove(self._place)

    def rows(self, rows: list[Row]) -> list[Row]:
        if self._place is None:
            return rows
        self._add(row[self._place] for row in rows)
        return [row[: self._place] + row[self._place + 1 :] for row in rows]

    def batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if self._place is None:
                yield batch
            else:
                self._add(batch.column(self._place).unique().to_pylist())
                yield batch.remove_column(self._place)

    def _add(self, texts: Iterable[str | None]) -> None:
        for text in texts:
            if text is not None and text not in self._texts:
                if len(self._texts) == MOST:
                    fix = "a note is about the answer as a whole; give a column about its rows another name"
                    raise ServiceError(f"{self._name} gives more than {MOST} different notes; {fix}")
                self._texts[text] = None


def fault_of(columns: Sequence[str], types: Sequence[Any]) -> str | None:
    """What is wrong with the column `note` among columns of these DuckDB types; None when nothing is."""
    found = [kind for name, kind in zip(columns, types, strict=True) if name == NOTE]
    if len(found) > 1:
        return f"two columns are named {NOTE}; a row has one note"
    if found and found[0].id not in TEXTS:
        return f"the column {NOTE} is of type {found[0]}, but a note is a text; cast it, or give it another name"
    if found and len(columns) == 1:
        return f"{NOTE} is the only column, and it is no part of the rows; add the columns of the answer"
    return None
