"""What a chart is made from: an answer's rows, and the part that each of its columns plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa

from service.answers.answer import Answer
from service.charts.picture_options import PictureOptions
from service.charts.theme import THEMES, Palette
from service.dataset.missing import NOT_IN_ANSWER, NOT_PUBLISHED, PUBLISHED
from service.dataset.places import is_national, places
from service.engine.column_types import is_number
from service.errors import NoPicture

MAX_ROWS = 3000
LIMITS = ("low", "high")
"""Columns that are the ends of a confidence interval; `change_low` and `change_high` are those of `change`."""
YEARS = ("year", "YearStart")
STATUS, RELIABILITY, SAMPLE_SIZE = "status", "reliability", "sample_size"
"""Why a row's figure is not published, whether it can be relied on if it is, and how many people it is of."""
BESIDE = ("standard_error", "z", "p", "q")
"""Columns that are read beside a figure and are not drawn unless a statistic names them."""
RELIABLE, MISSING, ABSENT = "reliable", NOT_PUBLISHED.word, NOT_IN_ANSWER.word
RATIO = "ratio"
"""The end of a name of a column around 1, where a tenth is much."""
FINE = 3
"""Figures that all lie within this distance of zero, such as ratios and slopes, are shown with two digits."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Rows by column name. `place`, `year`, `texts` and `numbers` are names of columns; `numbers` are those to draw."""

    answer: Answer
    options: PictureOptions
    rows: Sequence[Row]
    place: str | None
    year: str | None
    texts: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def palette(self) -> Palette:
        return THEMES[self.options.theme]

    @property
    def has_limits(self) -> bool:
        """Whether the first number has a confidence interval in each row."""
        return self.limits(self.numbers[0]) is not None

    @property
    def has_unreliable(self) -> bool:
        return any(self.is_unreliable(row, column) for row in self.rows for column in self.numbers)

    @cached_property
    def only_year(self) -> int | None:
        """The year that all rows are of, if they are of one."""
        years = self.answer.provenance.years
        return years[0] if len(years) == 1 else None

    @property
    def label(self) -> str | None:
        """The column that names a row."""
        return self.place or next(iter(self.texts), None)

    @cached_property
    def has_one_row_a_place(self) -> bool:
        return self.place is not None and self.is_unique(self.place)

    @cached_property
    def is_one_place(self) -> bool:
        """Whether no two rows are of different places."""
        return self.place is None or len({row[self.place] for row in self.rows}) <= 1

    def limits(self, column: str) -> tuple[str, str] | None:
        """The columns with the ends of a number's confidence interval; `low` and `high` are the first number's."""
        names = self.answer.result.names
        own = (f"{column}_low", f"{column}_high")
        if set(own) <= set(names):
            return own
        return LIMITS if column == self.numbers[0] and set(LIMITS) <= set(names) else None

    def is_unique(self, column: str) -> bool:
        return len({row[column] for row in self.rows}) == len(self.rows)

    def is_national(self, row: Row) -> bool:
        return self.place is not None and is_national(row[self.place])

    def is_unreliable(self, row: Row, column: str) -> bool:
        return row[column] is not None and self.beside(row, column, RELIABILITY) not in (None, RELIABLE)

    def published(self, column: str) -> list[Row]:
        """The rows that have a value in this column."""
        return [row for row in self.rows if row[column] is not None]

    def shown(self, row: Row, column: str) -> str:
        """A figure as pictures show it, or why it is missing, in the one word for that."""
        if row[column] is not None:
            return self.figure(row[column], column)
        status = self.beside(row, column, STATUS) or _other_reason(row)
        return MISSING if status in (None, PUBLISHED) else str(status)

    def beside(self, row: Row, column: str, name: str) -> Any:
        """What a row tells of a figure, such as its status: `first_status` is that of `first` or `first_value`."""
        own = (f"{column}_{name}", f"{column.removesuffix('_value')}_{name}")
        plain = (name,) if column == self.numbers[0] else ()
        return next((row[each] for each in (*own, *plain) if each in row), None)

    def figure(self, value: float, column: str) -> str:
        """A value, or the end of an interval, with as many digits as its column is shown with."""
        return f"{value:.{self.digits(column)}f}"

    def digits(self, column: str) -> int:
        """How many digits after the point a column is shown with."""
        if column not in self._digits:
            self._digits[column] = _digits(column, [row[column] for row in self.published(column)])
        return self._digits[column]

    @cached_property
    def _digits(self) -> dict[str, int]:
        return {}


def _other_reason(row: Row) -> str | None:
    """Why a figure made from others, such as a change, is missing: the first of their statuses that says so."""
    found = (value for name, value in row.items() if name.endswith(f"_{STATUS}") and value not in (None, PUBLISHED))
    return next(found, None)


def _digits(column: str, values: Sequence[float]) -> int:
    if all(isinstance(value, int) for value in values):
        return 0
    tenths = all(abs(value - round(value, 1)) < 1e-9 for value in values)
    coarse = max(map(abs, values)) >= FINE and not column.endswith(RATIO)
    return 1 if tenths or coarse else 2


def make_frame(answer: Answer, options: PictureOptions, declared: Sequence[str]) -> Frame:
    """`declared` are the columns to draw, if the statistic names any; raises NoPicture when there are too many rows."""
    if answer.result.length > MAX_ROWS:
        raise NoPicture(
            f"{answer.result.length} rows are too many for a picture, which holds {MAX_ROWS}; ask for less, or for "
            "format csv or html"
        )
    names = answer.result.names
    rows = [dict(zip(names, map(_plain, row), strict=True)) for row in answer.result.rows()]
    types = dict(zip(names, answer.result.schema.types, strict=True))
    texts = [name for name, kind in types.items() if pa.types.is_string(kind)]
    place = next((name for name in texts if rows and all(row[name] in places() for row in rows)), None)
    year = next((name for name in YEARS if name in types and pa.types.is_integer(types[name])), None)
    return Frame(
        answer=answer,
        options=options,
        rows=rows,
        place=place,
        year=year,
        texts=tuple(name for name in texts if name != place and not name.endswith((STATUS, RELIABILITY))),
        numbers=tuple(declared) or _measures(types, year),
    )


def _measures(types: dict[str, pa.DataType], year: str | None) -> tuple[str, ...]:
    """The first column of fractions, else the first of numbers."""
    passed = {year, *LIMITS, *BESIDE}
    numbers = [name for name, kind in types.items() if is_number(kind) and name not in passed]
    fractions = [name for name in numbers if not pa.types.is_integer(types[name])]
    return tuple((fractions or numbers)[:1])


def _plain(value: Any) -> Any:
    """A number, a text, a boolean or None, which are what Vega-Lite takes."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return ", ".join(str(_plain(item)) for item in value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
