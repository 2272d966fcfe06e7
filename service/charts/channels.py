"""Parts of Vega-Lite specs that several charts have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.charts.theme import Palette

Spec = dict[str, Any]

TOP = {"axis": {"orient": "top"}}


def quantity(field: str, **more: Any) -> Spec:
    return {"field": field, "type": "quantitative", **more}


def names(texts: list[str], axis: Spec) -> Spec:
    """A line for each `label` of the data, in this order."""
    scale = {"domain": texts}
    return {"field": "label", "type": "nominal", "sort": None, "scale": scale, "title": None, "axis": axis}


def span(axis: str) -> Spec:
    """From the low end of the confidence interval to the high one, along `x` or `y`."""
    return {axis: quantity("low"), f"{axis}2": {"field": "high"}}


def series_color(colors: Mapping[str, str], **legend: Any) -> Spec:
    """Each series in its colour, and a legend where there are several."""
    return {
        "field": "series",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": list(colors), "range": list(colors.values())},
        "legend": {"title": None, **legend} if len(colors) > 1 else None,
    }


def outline(palette: Palette, width: float) -> Spec:
    """Around what is highlighted."""
    condition = {"test": "datum.marked", "value": palette.ink}
    return {"stroke": {"condition": condition, "value": None}, "strokeWidth": {"value": width}}


def tooltip(**titles: str) -> list[Spec]:
    return [{"field": field, "title": title} for field, title in titles.items()]
