"""What a column's figures are of: its name in words, its unit, and which end of it is better."""

from __future__ import annotations

import re
import textwrap

from service.charts.frame import Frame
from service.dataset.places import better_ends

OWN_UNIT = re.compile(r"(?:the )?(.+?)s? in (.+)")
"""A part of a `unit` that is for one column, as in `percent of adults; the change in percentage points`.

The name may be in the plural."""
LETTER = 6.2
"""Pixels of a letter, about."""
SPREADS = ("gap", "width", "standard_error", "deviation", "sample_size", "rank")
"""Columns of which neither end is better, whichever question they are of."""


def as_words(column: str) -> str:
    return column.replace("_", " ")


def unit_of(frame: Frame, column: str) -> str:
    """The unit of a column: the one that names it, else the first of the statistic's."""
    first, *others = [part.strip() for part in (frame.answer.provenance.unit or "").split(";")]
    named = [match for part in others if (match := OWN_UNIT.fullmatch(part))]
    return next((match[2] for match in named if match[1] == as_words(column)), first)


def axis_title(frame: Frame, *columns: str) -> str:
    """The unit of an axis, after the column's name where there is only one."""
    unit = unit_of(frame, columns[0])
    if len(columns) > 1:
        return unit
    return f"{as_words(columns[0])} ({unit})" if unit else as_words(columns[0])


def top_title(frame: Frame, *columns: str) -> list[str]:
    """The title of an axis at the top, in lines that the picture has room for beside the names to the left."""
    return textwrap.wrap(axis_title(frame, *columns), max(20, int(frame.options.width * 0.6 / LETTER)))


def is_difference(frame: Frame, column: str) -> bool:
    """Whether zero is the middle of a column's scale."""
    return "points" in unit_of(frame, column)


def better_end(frame: Frame, column: str | None = None) -> str | None:
    """`higher` or `lower`, where it is known for the question asked, and the column is not a spread.

    Of points below something the other end is better than of the question's own figures.
    """
    if column in SPREADS:
        return None
    provenance = frame.answer.provenance
    codes = {wording["code"] for wording in provenance.wordings or ()}
    asked = codes if len(codes) == 1 else [text for text in provenance.arguments.values() if isinstance(text, str)]
    end = next((end for text in asked if (end := better_ends().get(text))), None)
    if end and column and "below" in unit_of(frame, column):
        return "higher" if end == "lower" else "lower"
    return end
