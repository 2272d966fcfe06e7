"""A table as a picture, for what is best read as figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from service.charts.channels import quantity
from service.charts.drawing import Drawing
from service.charts.frame import MISSING, Frame, Row
from service.charts.units import as_words
from service.errors import NoPicture

MAX_LINES, MAX_COLUMNS = 60, 12
MAX_LETTERS = 34
"""Of a column; a longer text ends with an ellipsis."""
MIN_LETTERS = 6
STEP = 20
LETTER = 6.4
"""Pixels of a letter, about."""


def build(frame: Frame) -> Drawing:
    lines = _lines(frame)
    if len(lines) > MAX_LINES + 1 or len(lines[0]) > MAX_COLUMNS:
        raise NoPicture(
            f"a table of {len(lines) - 1} rows and {len(lines[0])} columns is too large for a picture, which holds "
            f"{MAX_LINES} and {MAX_COLUMNS}; ask for format html, csv or xlsx"
        )
    spec = {
        "height": STEP * len(lines),
        "data": {"values": list(_cells(lines, frame.options.width))},
        "encoding": {
            "x": quantity("x", axis=None, scale={"domain": [0, 1], "nice": False}),
            "y": {"field": "row", "type": "ordinal", "axis": None},
        },
        "layer": [
            {
                "mark": {"type": "text", "align": "left", "fontWeight": {"expr": "datum.row ? 'normal' : 'bold'"}},
                "encoding": {"text": {"field": "text"}},
            }
        ],
    }
    heads = ", ".join(map(as_words, frame.answer.result.names))
    return Drawing(spec, f"Table of {len(frame.rows)} rows with {heads}.")


def _lines(frame: Frame) -> list[list[str]]:
    """The header and the rows; a single row is easier to read from top to bottom."""
    heads = list(map(as_words, frame.answer.result.names))
    rows = [[_shown(value) for value in row.values()] for row in frame.rows]
    if len(rows) == 1:
        return [["", "value"], *([head, value] for head, value in zip(heads, rows[0], strict=True))]
    return [heads, *rows]


def _cells(lines: list[list[str]], width: int) -> Iterator[Row]:
    """Each cell with its position from 0 to 1, columns being as wide as their texts.

    Texts too long for their column are cut here: Vega would measure each one letter by letter, for seconds.
    """
    columns = list(zip(*lines, strict=True))
    letters = _widths([max(map(len, column)) + 2 for column in columns], int(width / LETTER))
    begins = accumulate(letters[:-1], initial=0)
    total = max(sum(letters), width // 10)
    for letter, begin, column in zip(letters, begins, columns, strict=True):
        most = max(3, int(width * letter / total / LETTER))
        for row, text in enumerate(column):
            shown = text if len(text) <= most else text[: most - 1].rstrip() + "…"
            yield {"row": row, "x": begin / total, "text": shown}


def _widths(longest: list[int], room: int) -> list[int]:
    """Letters of each column: the longest columns are cut first, so that figures stay whole as long as may be."""
    most = MAX_LETTERS
    while most > MIN_LETTERS and sum(min(most, each) for each in longest) > room:
        most -= 1
    return [min(most, each) for each in longest]


def _shown(value: Any) -> str:
    if value is None:
        return MISSING
    return f"{value:.4g}" if isinstance(value, float) else str(value)
