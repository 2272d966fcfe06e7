"""A tile map: a tile for each place, coloured by its value; National stands apart."""

from __future__ import annotations

from service.charts.captions import as_words, axis_title, summary
from service.charts.channels import Spec, outline, quantity, tooltip
from service.charts.frame import Frame, Row, shown
from service.charts.theme import DIVERGING, SEQUENTIAL
from service.dataset.places import places
from service.errors import NoPicture

COLUMNS, ROWS = 11, 9


def build(frame: Frame) -> tuple[Spec, str]:
    place, column = _columns(frame)
    side = (frame.options.width - 20) / COLUMNS
    size = min(13.0, side / 3.1)
    axis = {"type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}}
    spec = {
        "height": side * 0.92 * ROWS,
        "data": {"values": _tiles(frame, place, column)},
        "encoding": {"x": {"field": "grid_column", **axis}, "y": {"field": "grid_row", **axis}},
        "layer": [
            _rectangles(frame, column),
            _text(frame, "code", -size * 0.55, size, "bold"),
            _text(frame, "shown_short", size * 0.6, size * 0.92, "normal"),
        ],
    }
    return spec, f"Tile map, {summary(frame, column)}."


def _columns(frame: Frame) -> tuple[str, str]:
    """The column of places, each of which has one row, and that of values."""
    if frame.place is None or not frame.numbers:
        raise NoPicture("a map needs a column of places and one of numbers; ask for chart=bars or chart=table")
    if not frame.is_unique(frame.place):
        raise NoPicture("a map has one value for each place, but this has several; ask for chart=line or chart=dots")
    return frame.place, frame.numbers[0]


def _tiles(frame: Frame, place: str, column: str) -> list[Row]:
    """A tile for every place, with or without a row in the answer."""
    values = {row[place]: row[column] for row in frame.rows}
    tiles = []
    for name, each in places().items():
        value = values.get(name)
        figure = shown(value) if name in values else "no data"
        tiles.append(
            {
                "state": name,
                "code": each.code,
                "grid_row": each.row,
                "grid_column": each.column,
                "value": value,
                "shown": figure,
                "shown_short": {"not published": "n/p", "no data": "-"}.get(figure, figure),
                "marked": name in frame.options.highlights,
            }
        )
    return tiles


def _rectangles(frame: Frame, column: str) -> Spec:
    values = [row[column] for row in frame.published(column)]
    title = axis_title(frame, column) + ("; n/p: not published" if len(values) < len(frame.rows) else "")
    color = {
        "condition": {"test": "!isValid(datum.value)", "value": frame.palette.missing},
        **quantity("value", scale=_scale(values)),
        "legend": {"title": title, "gradientLength": min(240, frame.options.width // 2)},
    }
    titles = tooltip(state="place", shown=as_words(column))
    return {
        "mark": {"type": "rect", "cornerRadius": 3, "invalid": None, "cursor": "pointer"},
        "encoding": {"color": color, **outline(frame.palette, 3), "tooltip": titles},
    }


def _scale(values: list[float]) -> Spec:
    """From low to high; with values on both sides of zero, equally far to each side."""
    if values and min(values) < 0 < max(values):
        largest = max(map(abs, values))
        return {"range": list(DIVERGING), "domain": [-largest, 0, largest], "type": "linear", "interpolate": "lab"}
    return {"range": list(SEQUENTIAL), "interpolate": "lab", "zero": False, "nice": False}


def _text(frame: Frame, field: str, offset: float, size: float, weight: str) -> Spec:
    font = {"fontSize": size, "fontWeight": weight, "color": frame.palette.tile}
    return {"mark": {"type": "text", "dy": offset, **font, "aria": False}, "encoding": {"text": {"field": field}}}
