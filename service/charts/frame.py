"""What a chart is made from: an answer's rows, and the part that each of its columns plays."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa

from service.answers.answer import Answer
from service.charts.picture_options import PictureOptions
from service.dataset.places import better_ends, is_national, places
from service.engine.column_types import is_number
from service.errors import NoPicture

MAX_ROWS = 3000
LIMITS = ("low", "high")
"""Columns that are the ends of a confidence interval."""
YEARS = ("year", "YearStart")

Row = dict[str, Any]


class Frame(NamedTuple):
    """Rows by column name. `place`, `year`, `texts` and `numbers` are names of columns; `numbers` are those to draw."""

    answer: Answer
    options: PictureOptions
    rows: Sequence[Row]
    place: str | None
    year: str | None
    texts: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def has_limits(self) -> bool:
        """Whether each row has a confidence interval."""
        return set(LIMITS) <= set(self.answer.result.names)

    @property
    def better_end(self) -> str | None:
        """`higher` or `lower`, where it is known for the question asked."""
        codes = {wording["code"] for wording in self.answer.provenance.wordings or ()}
        asked = codes if len(codes) == 1 else self.text_arguments
        return next((end for value in asked if (end := better_ends().get(value))), None)

    @property
    def text_arguments(self) -> list[str]:
        return [value for value in self.answer.provenance.arguments.values() if isinstance(value, str)]

    @property
    def label(self) -> str | None:
        """The column that names a row."""
        return self.place or next(iter(self.texts), None)

    def is_national(self, row: Row) -> bool:
        return self.place is not None and is_national(row[self.place])

    def limits(self, row: Row, column: str) -> Row:
        """The ends of the row's confidence interval, which belongs to the first column of numbers."""
        return {end: row[end] for end in LIMITS} if self.has_limits and column == self.numbers[0] else {}

    def state(self, row: Row) -> Row:
        """The place of the row, under the name by which the page asks for it when its mark is clicked."""
        return {"state": row[self.place]} if self.place else {}

    def published(self, column: str) -> list[Row]:
        """The rows that have a value in this column."""
        return [row for row in self.rows if row[column] is not None]


def make_frame(answer: Answer, options: PictureOptions, declared: Sequence[str]) -> Frame:
    """`declared` are the columns to draw, if the statistic names any; raises NoPicture when there are too many rows."""
    if answer.result.length > MAX_ROWS:
        raise NoPicture(
            f"{answer.result.length} rows are too many for a picture, which holds {MAX_ROWS}; ask for less, or for "
            "format csv or html"
        )
    names = answer.result.names
    rows = [dict(zip(names, map(_plain, row), strict=True)) for row in answer.result.rows()]
    types = {field.name: field.type for field in answer.result.schema}
    texts = tuple(name for name, kind in types.items() if pa.types.is_string(kind))
    place = next((name for name in texts if _holds_places(rows, name)), None)
    year = next((name for name in YEARS if name in types and pa.types.is_integer(types[name])), None)
    return Frame(
        answer=answer,
        options=options,
        rows=rows,
        place=place,
        year=year,
        texts=tuple(name for name in texts if name != place),
        numbers=tuple(declared) or _measures(types, year),
    )


def _measures(types: dict[str, pa.DataType], year: str | None) -> tuple[str, ...]:
    """The first column of fractions, else the first of numbers."""
    numbers = [name for name, kind in types.items() if is_number(kind) and name != year and name not in LIMITS]
    fractions = [name for name in numbers if not pa.types.is_integer(types[name])]
    return tuple((fractions or numbers)[:1])


def _holds_places(rows: Sequence[Row], name: str) -> bool:
    return bool(rows) and all(row[name] in places() for row in rows)


def _plain(value: Any) -> Any:
    """A number, a text, a boolean or None, which are what Vega-Lite takes."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return ", ".join(str(_plain(item)) for item in value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
