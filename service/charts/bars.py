"""Bars in the answer's own order, with their mean as a line; the five best and the five worst places stand out."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from service.charts.captions import axis_title, shown, summary
from service.charts.frame import Frame, Row
from service.errors import NoPicture

FEW = 15
"""So few bars need no colours for the best and the worst."""
ENDS = 5
"""How many are the best, and how many the worst."""
STEP = 17


def build(frame: Frame) -> tuple[dict[str, Any], str]:
    label, column = _columns(frame)
    groups = _groups(frame, column)
    layers = [_bars(frame, groups), *([_intervals(frame)] if frame.has_limits else []), _figures(frame)]
    sentence = f"Bars, {summary(frame, column)}."
    values = [row[column] for row in frame.published(column) if not frame.is_national(row)]
    if len(values) > 1:
        layers.append(_mean(frame, fmean(values)))
        sentence += f" The line is their mean, {fmean(values):.4g}."
    spec = {
        "height": STEP * len(frame.rows),
        "data": {"values": [_bar(frame, *each, label, column) for each in zip(frame.rows, groups, strict=True)]},
        "encoding": {"y": _names(frame, label), "x": _values(frame, column)},
        "layer": layers,
    }
    return spec, sentence


def _columns(frame: Frame) -> tuple[str, str]:
    """The column of names, each of which has one row, and that of values."""
    if frame.label is None or not frame.numbers:
        raise NoPicture("bars need a column of texts and one of numbers; ask for chart=table")
    if len({row[frame.label] for row in frame.rows}) < len(frame.rows):
        raise NoPicture("bars have one value for each name, but this has several; ask for chart=line or chart=dots")
    return frame.label, frame.numbers[0]


def _names(frame: Frame, label: str) -> dict[str, Any]:
    return {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": [row[label] for row in frame.rows]},
        "title": None,
        "axis": {"labelLimit": frame.options.width // 3},
    }


def _values(frame: Frame, column: str) -> dict[str, Any]:
    return {"field": "value", "type": "quantitative", "title": axis_title(frame, column), "axis": {"orient": "top"}}


def _bar(frame: Frame, row: Row, group: str, label: str, column: str) -> dict[str, Any]:
    limits = frame.limits(row, column)
    known = limits and None not in limits.values()
    return {
        "label": row[label],
        "value": row[column],
        "shown": shown(row[column]),
        "group": group,
        "marked": row[label] in frame.options.highlights,
        "interval": f"{limits['low']:.1f} to {limits['high']:.1f}" if known else "none",
        **limits,
        **frame.state(row),
    }


def _groups(frame: Frame, column: str) -> list[str]:
    """The group of each row: five best, five worst, National, or other."""
    ranked = [row for row in frame.published(column) if not frame.is_national(row)]
    ends: dict[int, str] = {}
    if frame.place and frame.better_end and len(ranked) > FEW:
        best_first = sorted(ranked, key=lambda row: row[column], reverse=frame.better_end == "higher")
        ends = {id(row): "five best" for row in best_first[:ENDS]}
        ends |= {id(row): "five worst" for row in best_first[-ENDS:]}
    return ["National" if frame.is_national(row) else ends.get(id(row), "other") for row in frame.rows]


def _bars(frame: Frame, groups: list[str]) -> dict[str, Any]:
    palette = frame.options.palette
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
        "legend": {"title": None} if len(present) > 1 else None,
    }
    limits = [{"field": "interval", "title": "95% confidence"}] if frame.has_limits else []
    return {
        "mark": {"type": "bar", "cursor": "pointer"},
        "encoding": {
            "color": color,
            "stroke": {"condition": {"test": "datum.marked", "value": palette.ink}, "value": None},
            "strokeWidth": {"value": 2.5},
            "tooltip": [{"field": "label", "title": "name"}, {"field": "shown", "title": "value"}, *limits],
        },
    }


def _intervals(frame: Frame) -> dict[str, Any]:
    mark = {"type": "rule", "color": frame.options.palette.ink, "strokeWidth": 1.2, "aria": False}
    return {"mark": mark, "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}}


def _figures(frame: Frame) -> dict[str, Any]:
    """The value at the foot of the bar, where no interval crosses it, also where none is published."""
    mark = {
        "type": "text",
        "invalid": None,
        "align": "left",
        "dx": 4,
        "fontSize": 10,
        "color": frame.options.palette.paper,
        "aria": False,
    }
    missing = {"test": "!isValid(datum.value)", "value": frame.options.palette.faint}
    return {
        "mark": mark,
        "encoding": {
            "x": {"datum": 0},
            "text": {"field": "shown"},
            "color": {"condition": missing, "value": mark["color"]},
        },
    }


def _mean(frame: Frame, mean: float) -> dict[str, Any]:
    mark = {"type": "rule", "strokeDash": [4, 3], "color": frame.options.palette.ink, "aria": False}
    return {
        "data": {"values": [{"mean": mean}]},
        "mark": mark,
        "encoding": {"x": {"field": "mean", "type": "quantitative"}, "y": None},
    }
