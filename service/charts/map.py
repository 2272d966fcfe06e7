"""A tile map: a tile for each place, coloured by the class of its value; National stands apart."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import NamedTuple

from service.charts import verdicts
from service.charts.captions import summary
from service.charts.channels import FLAGGED, Spec, hollow_entry
from service.charts.drawing import Drawing
from service.charts.frame import ABSENT, Frame, Row
from service.charts.hues import Hues, hues
from service.charts.marks import TIP, interval, mark
from service.charts.theme import ON_DARK, ON_LIGHT, Palette, contrast
from service.charts.units import LETTER, axis_title
from service.dataset.missing import MISSING, NOT_ASKED, NOT_IN_ANSWER, NOT_PUBLISHED, NOT_SURVEYED, SUPPRESSED
from service.dataset.places import places
from service.errors import NoPicture

COLUMNS, ROWS = 11, 9
SIGNS = {each.word: each.sign for each in MISSING}
"""What a tile says in place of a value, which the legend explains."""
OTHERS = "other places"
"""Those that an answer about a few does not mean to have."""
FEW = 15
"""An answer with so few places picks them, as the five best; a longer one lacks those that it does not have."""
PALE = 1.2
"""A colour with less contrast to the paper has an edge."""
CHANCE = "≈"
"""Before a difference that may be chance."""
SMALLEST_TEXT = 11.0
"""Pixels, as long as a tile has room for two lines of it: on a phone of 375 pixels it has."""
ROOM_FOR_INTERVALS = 56
"""Pixels of a tile's side, from which on its interval is readable."""


class Look(NamedTuple):
    """How a class of tiles, or a kind of missing figure, is drawn."""

    fill: str
    edge: str


def build(frame: Frame) -> Drawing:
    place, column = _columns(frame)
    side = (frame.options.width - 20) / COLUMNS
    size = min(13.0, max(side / 3.1, min(SMALLEST_TEXT, side / 2.4)))
    with_interval = frame.has_limits and side >= ROOM_FOR_INTERVALS
    axis = {"type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}}
    lines = [("code", "bold", size), ("sign", "normal", max(size * 0.92, min(size, SMALLEST_TEXT)))]
    if with_interval:
        lines.append(("interval", "normal", size * 0.72))
    found = hues(frame, column)
    tiles = _tiles(frame, place, column, found)
    looks = _looks(frame.palette, found, tiles)
    tiles = [{**tile, "ink": _ink(frame.palette, tile, looks[tile["class"]])} for tile in tiles]
    spec = {
        "height": side * 0.92 * ROWS,
        "data": {"values": tiles},
        "encoding": {"x": {"field": "grid_column", **axis}, "y": {"field": "grid_row", **axis}},
        "layer": [*_rectangles(frame, column, found, looks), *_texts(lines)],
    }
    return Drawing(spec, f"Tile map, {summary(frame, column)}.", _remarks(frame, tiles, with_interval=with_interval))


def _columns(frame: Frame) -> tuple[str, str]:
    """The column of places, each of which has one row, and that of values."""
    if frame.place is None or not frame.numbers:
        raise NoPicture("a map needs a column of places and one of numbers; ask for chart=bars or chart=table")
    if not frame.is_unique(frame.place):
        raise NoPicture("a map has one value for each place, but this has several; ask for chart=line or chart=dots")
    return frame.place, frame.numbers[0]


def _remarks(frame: Frame, tiles: list[Row], *, with_interval: bool) -> list[str]:
    hidden = frame.has_limits and not with_interval
    remarks = ["The confidence intervals have no room here; the table has them."] if hidden else []
    if any(tile["sign"].startswith(CHANCE) for tile in tiles):
        remarks.append(f"{CHANCE} {verdicts.CHANCE}: {verdicts.rule(frame)}.")
    return remarks


def _tiles(frame: Frame, place: str, column: str, found: Hues) -> list[Row]:
    """A tile for every place, with or without a row in the answer."""
    rows = {row[place]: row for row in frame.rows}
    picked = len(rows) < FEW
    tiles = []
    for name, each in places().items():
        tile = _tile(frame, rows[name], column, found) if name in rows else _absent(name, picked=picked)
        where = {"code": each.code, "grid_row": each.row, "grid_column": each.column}
        tiles.append({**tile, **where, "marked": name in frame.options.highlights})
    return tiles


def _tile(frame: Frame, row: Row, column: str, found: Hues) -> Row:
    tile = mark(frame, row, column)
    if tile["value"] is None:
        sign = SIGNS.get(tile["shown"], NOT_PUBLISHED.sign)
        return {**tile, "sign": sign, "class": _reason(sign, tile["shown"]), "interval": ""}
    chance = CHANCE if verdicts.may_be_chance(row) else ""
    negative = (tile.get("low") or 0) < 0
    return {
        **tile,
        "sign": f"{chance}{tile['shown']}",
        "class": found.classes.names[found.classes.of(tile["value"])],
        "interval": interval(frame, row, column, ", " if negative else "-") or "",
    }


def _absent(name: str, *, picked: bool) -> Row:
    tile = {"state": name, "value": None, "shown": ABSENT, "tip": {"title": name}, "interval": ""}
    if picked:
        return {**tile, "sign": "", "class": OTHERS}
    return {**tile, "sign": SIGNS[ABSENT], "class": _reason(SIGNS[ABSENT], ABSENT)}


def _reason(sign: str, shown: str) -> str:
    return f"{sign}: {shown}"


def _looks(palette: Palette, found: Hues, tiles: list[Row]) -> Mapping[str, Look]:
    """All classes in their order, so that years have one legend; then what tiles without a value are."""
    classes = {
        name: Look(color, color if contrast(color, palette.paper) > PALE else palette.missing)
        for name, color in zip(found.classes.names, found.colors, strict=True)
    }
    missing = {
        _reason(SUPPRESSED.sign, SUPPRESSED.word): Look(palette.missing, palette.missing),
        _reason(NOT_SURVEYED.sign, NOT_SURVEYED.word): Look(palette.paper, palette.faint),
        _reason(NOT_ASKED.sign, NOT_ASKED.word): Look(palette.missing, palette.faint),
        _reason(NOT_IN_ANSWER.sign, NOT_IN_ANSWER.word): Look(palette.paper, palette.missing),
        OTHERS: Look(palette.paper, palette.missing),
    }
    other = Look(palette.grid, palette.faint)
    present = dict.fromkeys(tile["class"] for tile in tiles if tile["class"] not in classes)
    return classes | {name: missing.get(name, other) for name in present}


def _rectangles(frame: Frame, column: str, found: Hues, looks: Mapping[str, Look]) -> list[Spec]:
    palette, width = frame.palette, frame.options.width
    title = textwrap.wrap("; ".join([axis_title(frame, column), *found.meaning]), int(width / LETTER))
    legend = {
        "title": title,
        "labelLimit": 0,
        "symbolType": "square",
        "symbolSize": 170,
        "columns": max(1, width // 105),
    }
    ranges = {
        "fill": [look.fill for look in looks.values()],
        "stroke": [look.edge for look in looks.values()],
    }
    by_class = {
        channel: {
            "field": "class",
            "type": "nominal",
            "scale": {"domain": list(looks), "range": values},
            "legend": legend,
        }
        for channel, values in ranges.items()
    }
    tile = {"type": "rect", "cornerRadius": 3, "cursor": "pointer", "invalid": None, "strokeWidth": 1, **TIP}
    layers: list[Spec] = [{"mark": tile, "encoding": by_class}]
    if frame.has_unreliable:
        inner = {"type": "rect", "fill": palette.paper, "width": {"band": 0.8}, "height": {"band": 0.76}, "aria": False}
        inner |= TIP
        layers += [{"transform": [FLAGGED], "mark": inner}, hollow_entry(palette, "square")]
    marked = {
        "type": "rect",
        "cornerRadius": 3,
        "filled": False,
        "stroke": palette.ink,
        "strokeWidth": 3,
        "aria": False,
    }
    layers.append({"transform": [{"filter": "datum.marked"}], "mark": marked})
    return layers


def _ink(palette: Palette, tile: Row, look: Look) -> str:
    """The colour of a tile's texts; one with an unreliable value is hollow."""
    if tile.get("unreliable"):
        return palette.ink
    return max((ON_LIGHT, ON_DARK), key=lambda text: contrast(text, look.fill))


def _texts(lines: list[tuple[str, str, float]]) -> list[Spec]:
    """Lines of text one below the other, each a field with its weight and its size, around the middle of a tile."""
    color = {"field": "ink", "type": "nominal", "scale": None}
    height = sum(size for *_, size in lines) * 1.2
    top, found = -height / 2, []
    for field, weight, size in lines:
        text = {"type": "text", "dy": top + size * 0.6, "fontSize": size, "fontWeight": weight, "aria": False}
        text |= {"cursor": "pointer", **TIP}
        found.append({"mark": text, "encoding": {"text": {"field": field}, "color": color}})
        top += size * 1.2
    return found
