"""A tile map: a tile for each place, coloured by its value; National stands apart."""

from __future__ import annotations

import textwrap

from service.charts.captions import summary
from service.charts.channels import FLAGGED, IS_MISSING, Spec, hollow_entry, outline, quantity, tooltip
from service.charts.drawing import Drawing
from service.charts.frame import ABSENT, Frame, Row
from service.charts.hues import hues
from service.charts.units import LETTER, as_words, axis_title
from service.dataset.missing import MISSING
from service.dataset.places import places
from service.errors import NoPicture

COLUMNS, ROWS = 11, 9
SIGNS = {each.word: each.sign for each in MISSING}
"""What a tile says in place of a value, which the legend explains."""
ROOM_FOR_INTERVALS = 56
"""Pixels of a tile's side, from which on its interval is readable."""


def build(frame: Frame) -> Drawing:
    place, column = _columns(frame)
    side = (frame.options.width - 20) / COLUMNS
    size = min(13.0, side / 3.1)
    with_interval = frame.has_limits and side >= ROOM_FOR_INTERVALS
    axis = {"type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}}
    lines = [("code", "bold", size), ("sign", "normal", size * 0.92)]
    if with_interval:
        lines.append(("interval", "normal", size * 0.72))
    spec = {
        "height": side * 0.92 * ROWS,
        "data": {"values": _tiles(frame, place, column)},
        "encoding": {"x": {"field": "grid_column", **axis}, "y": {"field": "grid_row", **axis}},
        "layer": [*_rectangles(frame, column), *_texts(frame, lines)],
    }
    hidden = frame.has_limits and not with_interval
    remarks = ["The confidence intervals have no room here; chart=intervals shows them."] if hidden else []
    return Drawing(spec, f"Tile map, {summary(frame, column)}.", remarks)


def _columns(frame: Frame) -> tuple[str, str]:
    """The column of places, each of which has one row, and that of values."""
    if frame.place is None or not frame.numbers:
        raise NoPicture("a map needs a column of places and one of numbers; ask for chart=bars or chart=table")
    if not frame.is_unique(frame.place):
        raise NoPicture("a map has one value for each place, but this has several; ask for chart=line or chart=dots")
    return frame.place, frame.numbers[0]


def _tiles(frame: Frame, place: str, column: str) -> list[Row]:
    """A tile for every place, with or without a row in the answer."""
    rows = {row[place]: frame.mark(row, column) for row in frame.rows}
    tiles = []
    for name, each in places().items():
        mark = rows.get(name, {"state": name, "value": None, "shown": ABSENT})
        shown = mark["shown"]
        tiles.append(
            {
                **mark,
                "code": each.code,
                "grid_row": each.row,
                "grid_column": each.column,
                "sign": SIGNS.get(shown, shown),
                "missing": f"{SIGNS[shown]}: {shown}" if shown in SIGNS else None,
                "interval": _interval(mark),
                "marked": name in frame.options.highlights,
            }
        )
    return tiles


def _interval(mark: Row) -> str:
    low, high = mark.get("low"), mark.get("high")
    return "" if low is None or high is None else f"{low:.1f}-{high:.1f}"


def _rectangles(frame: Frame, column: str) -> list[Spec]:
    palette = frame.palette
    found = hues(frame, column)
    title = textwrap.wrap("; ".join([axis_title(frame, column), *found.meaning]), int(frame.options.width / LETTER))
    legend = {
        "title": title,
        "gradientLength": min(240, frame.options.width // 2),
        "values": found.ticks,
        "labelExpr": found.label,
    }
    color = quantity("value", scale=found.scale, legend=legend)
    titles = tooltip(state="place", shown=as_words(column)) + (tooltip(interval="95% confidence") * frame.has_limits)
    mark = {"type": "rect", "cornerRadius": 3, "cursor": "pointer"}
    layers = [
        {"transform": [{"filter": f"!({IS_MISSING})"}], "mark": mark, "encoding": {"color": color, "tooltip": titles}},
        {
            "transform": [{"filter": IS_MISSING}],
            "mark": {**mark, "invalid": None},
            "encoding": {"fill": _missing(frame, column), "tooltip": titles},
        },
    ]
    if frame.has_unreliable:
        inner = {"type": "rect", "fill": palette.paper, "width": {"band": 0.8}, "height": {"band": 0.76}, "aria": False}
        layers += [{"transform": [FLAGGED], "mark": inner}, hollow_entry(palette, "square")]
    marked = {"type": "rect", "cornerRadius": 3, "filled": False, "aria": False}
    layers.append({"transform": [{"filter": "datum.marked"}], "mark": marked, "encoding": outline(palette, 3)})
    return layers


def _missing(frame: Frame, column: str) -> Spec:
    """Grey, with an entry in the legend for each sign that a tile has instead of a value."""
    present = {mark["missing"]: None for mark in _tiles(frame, frame.place or "", column) if mark["missing"]}
    return {
        "field": "missing",
        "type": "nominal",
        "scale": {"domain": list(present), "range": [frame.palette.missing]},
        "legend": {"title": None, "labelLimit": 0, "symbolType": "square", "columns": 1} if present else None,
    }


def _texts(frame: Frame, lines: list[tuple[str, str, float]]) -> list[Spec]:
    """Lines of text one below the other, each a field with its weight and its size, around the middle of a tile."""
    palette = frame.palette
    color = {"condition": {"test": "datum.unreliable", "value": palette.ink}, "value": palette.tile}
    height = sum(size for *_, size in lines) * 1.2
    top, found = -height / 2, []
    for field, weight, size in lines:
        mark = {"type": "text", "dy": top + size * 0.6, "fontSize": size, "fontWeight": weight, "aria": False}
        found.append({"mark": mark, "encoding": {"text": {"field": field}, "color": color}})
        top += size * 1.2
    return found
