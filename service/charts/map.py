"""A tile map: a tile for each place, coloured by its value; National stands apart."""

from __future__ import annotations

from typing import Any

from service.charts.captions import as_words, axis_title, summary
from service.charts.frame import Frame
from service.charts.theme import DIVERGING, SEQUENTIAL
from service.dataset.places import places
from service.errors import NoPicture

COLUMNS, ROWS = 11, 9


def build(frame: Frame) -> tuple[dict[str, Any], str]:
    column, ink = _column(frame), frame.options.palette.tile
    side = (frame.options.width - 20) / COLUMNS
    size = min(13.0, side / 3.1)
    axis = {"type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}}
    spec = {
        "height": side * 0.92 * ROWS,
        "data": {"values": _tiles(frame, column)},
        "encoding": {"x": {"field": "grid_column", **axis}, "y": {"field": "grid_row", **axis}},
        "layer": [
            _rectangles(frame, column),
            _text("code", -size * 0.55, size, "bold", ink),
            _text("shown_short", size * 0.6, size * 0.92, "normal", ink),
        ],
    }
    return spec, f"Tile map, {summary(frame, column)}."


def _rectangles(frame: Frame, column: str) -> dict[str, Any]:
    palette = frame.options.palette
    color = {
        "condition": {"test": "!isValid(datum.value)", "value": palette.missing},
        "field": "value",
        "type": "quantitative",
        "scale": _scale([row[column] for row in frame.published(column)]),
        "legend": {"title": _legend(frame, column), "gradientLength": min(240, frame.options.width // 2)},
    }
    return {
        "mark": {"type": "rect", "cornerRadius": 3, "invalid": None, "cursor": "pointer"},
        "encoding": {
            "color": color,
            "stroke": {"condition": {"test": "datum.marked", "value": palette.ink}, "value": None},
            "strokeWidth": {"value": 3},
            "tooltip": [{"field": "state", "title": "place"}, {"field": "shown", "title": as_words(column)}],
        },
    }


def _scale(values: list[float]) -> dict[str, Any]:
    """From low to high; with values on both sides of zero, equally far to each side."""
    if values and min(values) < 0 < max(values):
        largest = max(map(abs, values))
        return {"range": list(DIVERGING), "domain": [-largest, 0, largest], "type": "linear", "interpolate": "lab"}
    return {"range": list(SEQUENTIAL), "interpolate": "lab", "zero": False, "nice": False}


def _legend(frame: Frame, column: str) -> str:
    unpublished = any(row[column] is None for row in frame.rows)
    return axis_title(frame, column) + ("; n/p: not published" if unpublished else "")


def _column(frame: Frame) -> str:
    if frame.place is None or not frame.numbers:
        raise NoPicture("a map needs a column of places and one of numbers; ask for chart=bars or chart=table")
    if len({row[frame.place] for row in frame.rows}) < len(frame.rows):
        raise NoPicture("a map has one value for each place, but this has several; ask for chart=line or chart=dots")
    return frame.numbers[0]


def _tiles(frame: Frame, column: str) -> list[dict[str, Any]]:
    """A tile for every place, with or without a row in the answer."""
    values = {row[frame.place or ""]: row[column] for row in frame.rows}
    return [
        {
            "state": place.name,
            "code": place.code,
            "grid_row": place.row,
            "grid_column": place.column,
            "value": values.get(place.name),
            "shown": _shown(values, place.name, long=True),
            "shown_short": _shown(values, place.name, long=False),
            "marked": place.name in frame.options.highlights,
        }
        for place in places().values()
    ]


def _shown(values: dict[str, float | None], name: str, *, long: bool) -> str:
    value = values.get(name)
    if value is not None:
        return f"{value:.1f}"
    if long:
        return "not published" if name in values else "no data"
    return "n/p" if name in values else "-"


def _text(field: str, offset: float, size: float, weight: str, colour: str) -> dict[str, Any]:
    mark = {"type": "text", "dy": offset, "fontSize": size, "fontWeight": weight, "color": colour, "aria": False}
    return {"mark": mark, "encoding": {"text": {"field": field}}}
