"""Bars in the answer's own order, with the mean as a line; the best and worst five places are marked."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from service.charts.captions import axis_title, span
from service.charts.frame import Frame
from service.dataset.places import is_national
from service.errors import NoPicture

FEW = 15
"""Bars of which none need to be marked as the best or the worst."""
ENDS = 5
STEP = 17


def build(frame: Frame) -> tuple[dict[str, Any], str]:
    """The spec's own part, and what it shows in a sentence; raises NoPicture when there is nothing to draw."""
    if frame.label is None or not frame.numbers:
        raise NoPicture("bars need a column of texts and one of numbers; ask for chart=table")
    column, label = frame.numbers[0], frame.label
    if len({row[label] for row in frame.rows}) < len(frame.rows):
        raise NoPicture("bars have one value for each name, but this has several; ask for chart=line or chart=dots")
    groups = _groups(frame, column)
    rows = [_bar(frame, row, column, group) for row, group in zip(frame.rows, groups, strict=True)]
    known = frame.values(column, national=False)
    x = {"field": "value", "type": "quantitative", "title": axis_title(frame, column), "axis": {"orient": "top"}}
    y = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": [row[label] for row in frame.rows]},
        "title": None,
        "axis": {"labelLimit": frame.look.width // 3},
    }
    layers = [_bars(frame, groups), *([_intervals(frame)] if frame.limits else []), _figures(frame)]
    mean = fmean(known) if len(known) > 1 else None
    if mean is not None:
        layers.append(_mean(frame, mean))
    spec = {
        "height": STEP * len(rows),
        "data": {"values": rows},
        "encoding": {"y": y, "x": x},
        "layer": layers,
    }
    said = f" The line is their mean, {mean:.4g}." if mean is not None else ""
    return spec, f"Bars, {span(frame, column)}.{said}"


def _bar(frame: Frame, row: dict[str, Any], column: str, group: str) -> dict[str, Any]:
    value = row[column]
    name = row[frame.label or ""]
    shown = "not published" if value is None else f"{value:.1f}"
    limits = {end: row[end] for end in ("low", "high")} if frame.limits else {}
    interval = f"{limits['low']:.1f} to {limits['high']:.1f}" if limits and None not in limits.values() else "none"
    place = {"state": name} if frame.place else {}
    return {
        "label": name,
        "value": value,
        "shown": shown,
        "group": group,
        "marked": name in frame.look.marks,
        "interval": interval,
        **limits,
        **place,
    }


def _groups(frame: Frame, column: str) -> list[str]:
    """For each row: one of the five best or worst, National, or other."""
    ranked = [
        row for row in frame.rows if row[column] is not None and not (frame.place and is_national(row[frame.place]))
    ]
    ends: dict[int, str] = {}
    if frame.place and frame.better and len(ranked) > FEW:
        best_first = sorted(ranked, key=lambda row: row[column], reverse=frame.better == "higher")
        ends = {id(row): "five best" for row in best_first[:ENDS]}
        ends |= {id(row): "five worst" for row in best_first[-ENDS:]}
    return [
        "National" if frame.place and is_national(row[frame.place]) else ends.get(id(row), "other")
        for row in frame.rows
    ]


def _bars(frame: Frame, groups: list[str]) -> dict[str, Any]:
    colours = frame.look.palette
    hues = {
        "five best": colours.best,
        "five worst": colours.worst,
        "National": colours.national,
        "other": colours.plain,
    }
    shown = [name for name in hues if name in groups]
    color = {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": shown, "range": [hues[name] for name in shown]},
        "legend": {"title": None} if len(shown) > 1 else None,
    }
    limits = [{"field": "interval", "title": "95% confidence"}] if frame.limits else []
    return {
        "mark": {"type": "bar", "cursor": "pointer"},
        "encoding": {
            "color": color,
            "stroke": {"condition": {"test": "datum.marked", "value": colours.ink}, "value": None},
            "strokeWidth": {"value": 2.5},
            "tooltip": [{"field": "label", "title": "name"}, {"field": "shown", "title": "value"}, *limits],
        },
    }


def _intervals(frame: Frame) -> dict[str, Any]:
    mark = {"type": "rule", "color": frame.look.palette.ink, "strokeWidth": 1.2, "aria": False}
    return {"mark": mark, "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}}


def _figures(frame: Frame) -> dict[str, Any]:
    """The value at the bar's foot, where no interval crosses it; also of those that are not published."""
    mark = {
        "type": "text",
        "invalid": None,
        "align": "left",
        "dx": 4,
        "fontSize": 10,
        "color": frame.look.palette.paper,
        "aria": False,
    }
    missing = {"test": "!isValid(datum.value)", "value": frame.look.palette.faint}
    return {
        "mark": mark,
        "encoding": {
            "x": {"datum": 0},
            "text": {"field": "shown"},
            "color": {"condition": missing, "value": mark["color"]},
        },
    }


def _mean(frame: Frame, mean: float) -> dict[str, Any]:
    mark = {"type": "rule", "strokeDash": [4, 3], "color": frame.look.palette.ink, "aria": False}
    return {
        "data": {"values": [{"mean": mean}]},
        "mark": mark,
        "encoding": {"x": {"field": "mean", "type": "quantitative"}, "y": None},
    }
