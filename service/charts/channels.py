"""Parts of Vega-Lite specs that several charts have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.charts.theme import Palette

Spec = dict[str, Any]

TOP = {"axis": {"orient": "top"}}
UNRELIABLE = "unreliable value"
INTERVAL = "95% confidence interval"
SOLID = [1, 0]
IS_MISSING = "!isValid(datum.value)"
FLAGGED, UNFLAGGED = ({"filter": test} for test in ("datum.unreliable", "!datum.unreliable"))
"""Transforms: the marks whose value is flagged as unreliable, and the others."""


def quantity(field: str, **more: Any) -> Spec:
    return {"field": field, "type": "quantitative", **more}


def names(texts: list[str], axis: Spec, room: float) -> Spec:
    """A line for each `label` of the data, in this order, and so many pixels for the names."""
    axis = {"labelLimit": room, "minExtent": room, "maxExtent": room} | axis
    scale = {"domain": texts}
    return {"field": "label", "type": "nominal", "sort": None, "scale": scale, "title": None, "axis": axis}


def span(axis: str) -> Spec:
    """From the low end of the confidence interval to the high one, along `x` or `y`."""
    return {axis: quantity("low"), f"{axis}2": {"field": "high"}}


def series_color(colors: Mapping[str, str], field: str = "series", **legend: Any) -> Spec:
    """Each series in its colour, and a legend where there are several."""
    return {
        "field": field,
        "type": "nominal",
        "sort": None,
        "scale": {"domain": list(colors), "range": list(colors.values())},
        "legend": {"title": None, **legend} if len(colors) > 1 else None,
    }


def points(palette: Palette, mark: Spec, encoding: Spec, *, hollow: bool) -> list[Spec]:
    """Filled marks, and those of unreliable values, if there are any, without a filling."""
    filled = {"transform": [UNFLAGGED], "mark": {**mark, "filled": True}, "encoding": encoding}
    if not hollow:
        return [filled]
    empty = {**mark, "filled": False, "fill": palette.paper, "strokeWidth": 1.5}
    return [
        filled,
        {"transform": [FLAGGED], "mark": empty, "encoding": encoding},
        hollow_entry(palette, "circle"),
    ]


def interval_entry(palette: Palette, *, band: bool = False) -> Spec:
    """A layer that draws nothing but the legend's entry for intervals: a line, or a band."""
    legend = line_legend(palette) | ({"symbolStrokeWidth": 9, "symbolOpacity": 0.35} if band else {})
    mark = {"type": "rule", "aria": False}
    dash = {"datum": INTERVAL, "type": "nominal", "scale": {"domain": [INTERVAL], "range": [SOLID]}, "legend": legend}
    return {"data": {"values": []}, "mark": mark, "encoding": {"x": None, "y": None, "strokeDash": dash}}


def line_legend(palette: Palette) -> Spec:
    return {"title": None, "labelLimit": 0, "symbolType": "stroke", "symbolStrokeColor": palette.ink}


def hollow_entry(palette: Palette, shape: str) -> Spec:
    """A layer that draws nothing but the legend's entry for marks without a filling: those of unreliable values."""
    symbol = {"symbolType": shape, "symbolStrokeColor": palette.ink, "symbolStrokeWidth": 1.5}
    opacity = {
        "datum": UNRELIABLE,
        "type": "nominal",
        "scale": {"domain": [UNRELIABLE], "range": [1]},
        "legend": {"title": None, "labelLimit": 0, **symbol},
    }
    mark = {"type": "point", "filled": False, "aria": False}
    return {"data": {"values": []}, "mark": mark, "encoding": {"x": None, "y": None, "opacity": opacity}}


def reference(palette: Palette, label: str, value: float, *, with_intervals: bool) -> Spec:
    """A dashed line at a value, across the chart, with its label in the legend, which has the intervals' too."""
    entries = {label: [4, 3]} | ({INTERVAL: SOLID} if with_intervals else {})
    return {
        "data": {"values": [{"at": value}]},
        "mark": {"type": "rule", "color": palette.ink, "aria": False},
        "encoding": {
            "x": quantity("at"),
            "y": None,
            "strokeDash": {
                "datum": label,
                "type": "nominal",
                "scale": {"domain": list(entries), "range": list(entries.values())},
                "legend": line_legend(palette),
            },
        },
    }


def outline(palette: Palette, width: float) -> Spec:
    """Around what is highlighted."""
    condition = {"test": "datum.marked", "value": palette.ink}
    return {"stroke": {"condition": condition, "value": None}, "strokeWidth": {"value": width}}


def zero_line(palette: Palette) -> Spec:
    """Where there is no difference."""
    mark = {"type": "rule", "color": palette.faint, "strokeWidth": 1.5, "aria": False}
    return {"data": {"values": [{"zero": 0}]}, "mark": mark, "encoding": {"x": quantity("zero"), "y": None}}
