"""Bars from zero in the answer's own order; the five best and the five worst states stand out."""

from __future__ import annotations

from service.charts.captions import summary
from service.charts.channels import (
    FLAGGED,
    TOP,
    UNFLAGGED,
    Spec,
    hollow_entry,
    outline,
    quantity,
    span,
)
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.marks import TIP, mark
from service.charts.national import national_line
from service.charts.rows import named_lines
from service.charts.scales import whole
from service.charts.units import LETTER, better_end, top_title
from service.dataset.places import is_state
from service.errors import NoPicture

FEW = 15
"""So few bars need no colours for the best and the worst."""
ENDS = 5
"""How many are the best, and how many the worst."""


def build(frame: Frame) -> Drawing:
    label, column = _columns(frame)
    groups = _groups(frame, column)
    bars = [_bar(frame, row, label, column, group) for row, group in zip(frame.rows, groups, strict=True)]
    scale = whole(bars, zero=True)
    _place_figures(bars, frame.options.width)
    lines = named_lines(frame, [bar["label"] for bar in bars])
    spec = {
        "height": lines.height,
        "data": {"values": bars},
        "encoding": {
            "y": lines.axis,
            "x": quantity("value", scale=scale, title=top_title(frame, column), **TOP),
        },
        "layer": [
            *_bars(frame, groups),
            *([_interval(frame)] if frame.has_limits else []),
            *_figures(frame),
            *national_line(frame, column),
        ],
    }
    return Drawing(spec, f"Bars, {summary(frame, column)}.", indent=lines.room)


def _columns(frame: Frame) -> tuple[str, str]:
    """The column of names, each of which has one row, and that of values."""
    if frame.label is None or not frame.numbers:
        raise NoPicture("bars need a column of texts and one of numbers; ask for chart=table")
    if not frame.is_unique(frame.label):
        raise NoPicture("bars have one value for each name, but this has several; ask for chart=line or chart=dots")
    return frame.label, frame.numbers[0]


def _bar(frame: Frame, row: Row, label: str, column: str, group: str) -> Row:
    marked = row[label] in frame.options.highlights
    return mark(frame, row, column, label=row[label], group=group, marked=marked)


def _groups(frame: Frame, column: str) -> list[str]:
    """The group of each row: five best, five worst, National, or other; states alone are ranked."""
    better = better_end(frame, column)
    ranked = [row for row in frame.published(column) if frame.place and is_state(row[frame.place])]
    ends: dict[int, str] = {}
    if better and len(ranked) > FEW:
        ranked.sort(key=lambda row: row[column], reverse=better == "higher")
        ends = {id(row): "five best" for row in ranked[:ENDS]} | {id(row): "five worst" for row in ranked[-ENDS:]}
    return ["National" if frame.is_national(row) else ends.get(id(row), "other") for row in frame.rows]


def _place_figures(bars: list[Row], width: int) -> None:
    """`inside` tells whether a figure stands at the foot of its bar, where no interval crosses it.

    That of a bar too short for it, and of one without a filling, stands `after` the bar and its interval.
    """
    ends = [abs(bar[name]) for bar in bars for name in ("value", "low", "high") if bar.get(name) is not None]
    pixel = max(ends, default=1) / (width * 0.6)
    for bar in bars:
        value = bar["value"]
        needed = (len(bar["shown"]) + 2) * LETTER * pixel
        bar["inside"] = value is not None and abs(value) >= needed and not bar.get("unreliable")
        reach = [end for name in ("value", "low", "high") if (end := bar.get(name)) is not None]
        bar["after"] = 0 if value is None else min(reach) if value < 0 else max(reach)


def _bars(frame: Frame, groups: list[str]) -> list[Spec]:
    palette = frame.palette
    hues = {
        "five best": palette.best,
        "five worst": palette.worst,
        "National": palette.national,
        "other": palette.plain,
    }
    present = [name for name in hues if name in groups]
    color = {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": present, "range": [hues[name] for name in present]},
        "legend": {"title": None, "symbolType": "square"} if len(present) > 1 else None,
    }
    bar = {"type": "bar", "cursor": "pointer", **TIP}
    layers: list[Spec] = [
        {
            "transform": [UNFLAGGED],
            "mark": bar,
            "encoding": {"color": color, **outline(palette, 2.5)},
        }
    ]
    if frame.has_unreliable:
        layers.append(
            {
                "transform": [FLAGGED],
                "mark": {**bar, "fill": palette.paper, "strokeWidth": 1.5},
                "encoding": {"stroke": {**color, "legend": None}},
            }
        )
        layers.append(hollow_entry(palette, "square"))
    return layers


def _interval(frame: Frame) -> Spec:
    rule = {"type": "rule", "color": frame.palette.ink, "strokeWidth": 1.2, "aria": False}
    return {"mark": rule, "encoding": span("x")}


def _figures(frame: Frame) -> list[Spec]:
    """The value of each bar, or why it has none."""
    palette = frame.palette
    negative = "datum.value < 0"
    side = {"align": {"expr": f"{negative} ? 'right' : 'left'"}, "dx": {"expr": f"{negative} ? -4 : 4"}}
    text = {"type": "text", "fontSize": 10, "invalid": None, "aria": False, **side, **TIP}
    missing = {"test": "!isValid(datum.value)", "value": palette.faint}
    return [
        {
            "transform": [{"filter": "datum.inside"}],
            "mark": {**text, "color": palette.paper},
            "encoding": {"x": {"datum": 0}, "text": {"field": "shown"}},
        },
        {
            "transform": [{"filter": "!datum.inside"}],
            "mark": text,
            "encoding": {
                "x": quantity("after"),
                "text": {"field": "shown"},
                "color": {"condition": missing, "value": palette.ink},
            },
        },
    ]
