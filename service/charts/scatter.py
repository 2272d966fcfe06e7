"""Two columns of numbers against each other: a dot for each place, with its abbreviation."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from service.charts import labels
from service.charts.channels import Spec, outline, quantity, series_color
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.headline import questions_asked, shortened
from service.charts.marks import TIP, mark, tip
from service.charts.scales import whole
from service.charts.units import LETTER, axis_title, unit_of
from service.dataset.places import places
from service.errors import NoPicture

AXIS = 60
"""Pixels of the axis of values, about."""
RATIO = 0.7
"""Of the height to the width."""


def build(frame: Frame) -> Drawing:
    x, y = _columns(frame)
    dots = list(_dots(frame, x, y))
    if not dots:
        raise NoPicture("no row has both numbers, so there is no dot to draw; ask for chart=table")
    height = round(frame.options.width * RATIO)
    _label(dots, frame.options.width, height)
    spec = {
        "height": height,
        "data": {"values": dots},
        "encoding": {
            "x": quantity("value", scale=_scale(dots, "value"), title=_title(frame, 0, frame.options.width)),
            "y": quantity("other", scale=_scale(dots, "other"), title=_title(frame, 1, height)),
        },
        "layer": [_points(frame, x, y), *labels.layers()],
    }
    there = {dot["label"] for dot in dots}
    absent = [str(row[frame.label or x]) for row in frame.rows if row[frame.label or x] not in there]
    remarks = [f"Not shown, since one of the two figures is not published: {', '.join(absent)}."] if absent else []
    if any(dot["side"] is None for dot in dots):
        remarks.append("Dots without an abbreviation have no room for it.")
    return Drawing(spec, f"Scatter plot of {len(dots)} dots, {x} against {y}.", remarks, indent=AXIS)


def _columns(frame: Frame) -> tuple[str, str]:
    """Those that the statistic names, in the order of x and y."""
    if frame.label is None or len(frame.numbers) < 2:
        raise NoPicture(
            "a scatter plot needs a column of texts and two of numbers that the statistic names, as in "
            "scatter(value, other); ask for chart=bars or chart=table"
        )
    return frame.numbers[0], frame.numbers[1]


def _dots(frame: Frame, x: str, y: str) -> Iterator[Row]:
    for row in frame.rows:
        if row[x] is not None and row[y] is not None:
            name = row[frame.label or x]
            place = places().get(name)
            yield mark(
                frame,
                row,
                x,
                label=name,
                code=place.code if place else name,
                other=row[y],
                group="National" if frame.is_national(row) else "places",
                marked=name in frame.options.highlights,
            ) | {"tip": tip(frame, row, x, y)}


def _scale(dots: list[Row], field: str) -> Spec:
    return whole({"value": dot[field]} for dot in dots)


def _title(frame: Frame, index: int, room: int) -> list[str]:
    """The question of an axis, where two were asked and the columns are two; else its column and unit."""
    asked, column = questions_asked(frame), frame.numbers[index]
    unit = unit_of(frame, column)
    named = f"{shortened(asked[index])}{f' ({unit})' if unit else ''}" if len(asked) == 2 else None
    return textwrap.wrap(named or axis_title(frame, column), max(20, int(room / LETTER)))


def _points(frame: Frame, x: str, y: str) -> Spec:
    palette = frame.palette
    has_national = any(frame.is_national(row) and None not in (row[x], row[y]) for row in frame.rows)
    colors = {"places": palette.series[0]} | ({"National": palette.national} if has_national else {})
    emphasis = {"condition": {"test": "datum.marked", "value": 160}, "value": 45}
    return {
        "mark": {"type": "point", "filled": True, "cursor": "pointer", "opacity": 0.85, **TIP},
        "encoding": {
            "color": series_color(colors, "group"),
            "size": emphasis,
            **outline(palette, 1.5),
        },
    }


def _label(dots: list[Row], width: int, height: int) -> None:
    """Give each dot the `side` of its label; the plot is about as wide as the picture without its axis."""
    pixels = [
        list(_pixels([dot[field] for dot in dots], room)) for field, room in (("value", width - 60), ("other", height))
    ]
    for dot, side in zip(dots, labels.sides([(x, -y) for x, y in zip(*pixels, strict=True)]), strict=True):
        dot["side"] = side


def _pixels(values: list[float], room: int) -> Iterator[float]:
    low, high = min(values), max(values)
    return ((value - low) / ((high - low) or 1) * room * 0.9 for value in values)
