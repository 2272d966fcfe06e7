"""Choices: allowed values that come from the data, each with its code and its names in other editions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from service.suggest import hint

CODES = {
    "Class": "ClassID",
    "LocationDesc": "LocationAbbr",
    "Question": "QuestionID",
    "StratificationCategory1": "StratificationCategoryId1",
    "Stratification1": "StratificationID1",
    "Topic": "TopicID",
}
"""Columns, and the columns that hold the short codes of their values."""


class Choice(NamedTuple):
    """An allowed value that comes from the data, its short code where it has one, and other names to find it by."""

    value: Any
    code: str | None
    names: tuple[str, ...] = ()


Choices = Callable[[str, str | None], tuple[Choice, ...]]
"""(column, code column) -> the column's values; raises ValueError, in words, when there is no such column."""


def require_columns(known: Collection[str], *names: str | None) -> None:
    """Raise ValueError for a name that is no column's; None is none."""
    for name in names:
        if name is not None and name not in known:
            columns = ", ".join(known)
            raise ValueError(f"the table has no column {name!r}{hint(name, known)} (columns: {columns})")
