"""What a chart is made from: an answer's rows, and which of its columns play which part."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa

from service.answers.answer import Answer
from service.charts.theme import Look
from service.dataset.places import better, is_national, places
from service.errors import NoPicture

MOST_ROWS = 3000
LIMITS = ("low", "high")
"""Columns that are the ends of a confidence interval."""
YEARS = ("year", "YearStart")

Row = dict[str, Any]


class Frame(NamedTuple):
    """Rows with the parts of their columns: a place, a year, texts, and the numbers that are drawn."""

    answer: Answer
    look: Look
    rows: Sequence[Row]
    place: str | None
    year: str | None
    texts: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def limits(self) -> bool:
        """Whether each row has a confidence interval."""
        return set(LIMITS) <= set(self.answer.result.names)

    @property
    def better(self) -> str | None:
        """Which end is better, where the question is one that it is known of."""
        return next((end for value in self.arguments if (end := better().get(value))), None)

    @property
    def arguments(self) -> list[str]:
        """The arguments that are texts."""
        return [value for value in self.answer.provenance.arguments.values() if isinstance(value, str)]

    @property
    def label(self) -> str | None:
        """The column that names a row."""
        return self.place or next(iter(self.texts), None)

    def values(self, column: str, *, national: bool = True) -> list[float]:
        """The published values of a column; without National, if it is to be left out."""
        return [
            row[column]
            for row in self.rows
            if row[column] is not None and (national or not (self.place and is_national(row[self.place])))
        ]


def frame_of(answer: Answer, look: Look, declared: Sequence[str]) -> Frame:
    """The frame of an answer; `declared` are the columns that its statistic wants drawn, if it says so.

    Raises NoPicture when there is too much to draw.
    """
    if answer.result.length > MOST_ROWS:
        raise NoPicture(
            f"{answer.result.length} rows are too many for a picture, which holds {MOST_ROWS}; ask for less, or for "
            "format csv or html"
        )
    names = answer.result.names
    rows = [dict(zip(names, map(_plain, row), strict=True)) for row in answer.result.rows()]
    kinds = {field.name: field.type for field in answer.result.schema}
    texts = tuple(name for name, kind in kinds.items() if pa.types.is_string(kind))
    place = next((name for name in texts if _are_places(rows, name)), None)
    year = next((name for name in YEARS if name in kinds and pa.types.is_integer(kinds[name])), None)
    return Frame(
        answer,
        look,
        rows,
        place,
        year,
        tuple(name for name in texts if name != place),
        tuple(declared) or _measures(kinds, year),
    )


def is_number(kind: pa.DataType) -> bool:
    """Whether values of this type can be drawn."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _measures(kinds: dict[str, pa.DataType], year: str | None) -> tuple[str, ...]:
    """The first column of fractions, else the first number."""
    numbers = [name for name, kind in kinds.items() if is_number(kind) and name != year and name not in LIMITS]
    fractions = [name for name in numbers if not pa.types.is_integer(kinds[name])]
    return tuple((fractions or numbers)[:1])


def _are_places(rows: Sequence[Row], name: str) -> bool:
    return bool(rows) and all(row[name] in places() for row in rows)


def _plain(value: Any) -> Any:
    """A number, a text, a truth or null, which are what a chart knows."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return ", ".join(str(_plain(item)) for item in value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
