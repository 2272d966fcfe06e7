"""A table as a picture, for what is best read as figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from service.charts.captions import spoken
from service.charts.frame import Frame
from service.errors import NoPicture

MOST_LINES, MOST_COLUMNS = 60, 12
WIDEST = 34
"""Letters that a column is given room for at most; a longer text ends with an ellipsis."""
STEP = 20
LETTER = 6.4
"""Pixels of a letter, about."""


def build(frame: Frame) -> tuple[dict[str, Any], str]:
    """The spec's own part, and what it shows in a sentence; raises NoPicture when it is too large to be read."""
    lines = _lines(frame)
    if len(lines) > MOST_LINES + 1 or len(lines[0]) > MOST_COLUMNS:
        raise NoPicture(
            f"a table of {len(lines) - 1} rows and {len(lines[0])} columns is too large for a picture, which holds "
            f"{MOST_LINES} and {MOST_COLUMNS}; ask for format html, csv or xlsx"
        )
    spec = {
        "height": STEP * len(lines),
        "data": {"values": list(_cells(lines, frame.look.width))},
        "mark": {
            "type": "text",
            "align": "left",
            "fontWeight": {"expr": "datum.row ? 'normal' : 'bold'"},
        },
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1], "nice": False}},
            "y": {"field": "row", "type": "ordinal", "axis": None},
            "text": {"field": "text"},
        },
    }
    names = [spoken(name) for name in frame.answer.result.names]
    return spec, f"Table of {len(frame.rows)} rows with {', '.join(names)}."


def _lines(frame: Frame) -> list[list[str]]:
    """The head and the rows; a single row is read more easily from top to bottom."""
    heads = [spoken(name) for name in frame.answer.result.names]
    rows = [[_shown(value) for value in row.values()] for row in frame.rows]
    if len(rows) == 1:
        return [["", "value"], *([head, value] for head, value in zip(heads, rows[0], strict=True))]
    return [heads, *rows]


def _cells(lines: list[list[str]], width: int) -> Iterator[dict[str, Any]]:
    """Each cell with its place from 0 to 1, by what its column holds.

    A text that is too long for its column is cut here: Vega would measure each one letter by letter, for seconds.
    """
    letters = [min(WIDEST, max(map(len, column)) + 2) for column in zip(*lines, strict=True)]
    begins = accumulate(letters[:-1], initial=0)
    total = max(sum(letters), width // 10)
    for letter, begin, column in zip(letters, begins, zip(*lines, strict=True), strict=True):
        room = max(3, int(width * letter / total / LETTER))
        for row, text in enumerate(column):
            shown = text if len(text) <= room else text[: room - 1].rstrip() + "…"
            yield {"row": row, "x": begin / total, "text": shown}


def _shown(value: Any) -> str:
    if value is None:
        return "not published"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
