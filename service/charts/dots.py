"""Dots on a line for each name, such as a category's segments: one for each number, or for each place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.charts.captions import as_words, axis_title, shown, summary
from service.charts.frame import Frame
from service.errors import NoPicture

STEP = 19
MAX_NAMES = 120
OTHERS = "other places"


def build(frame: Frame) -> tuple[dict[str, Any], str]:
    dots = list(_dots(frame, _label(frame)))
    names = list(dict.fromkeys(dot["label"] for dot in dots))
    if len(names) > MAX_NAMES:
        raise NoPicture(f"{len(names)} names are too many for a picture, which holds {MAX_NAMES}; ask for less")
    dots.sort(key=lambda dot: dot["series"] != OTHERS)  # so that the highlighted ones lie on top
    spec = {
        "height": STEP * len(names),
        "data": {"values": dots},
        "encoding": {"y": _names(frame, names)},
        "layer": [*_ranges(frame), _points(frame, dots)],
    }
    return spec, f"Dots for {len(names)} names, {summary(frame, frame.numbers[0])}."


def _label(frame: Frame) -> str:
    """The column that names a line: the segment, if there is one, since many places share it; else the place."""
    label = "segment" if "segment" in frame.texts else frame.label
    if label is None or not frame.numbers:
        raise NoPicture("dots need a column of texts and one of numbers; ask for chart=table")
    return label


def _names(frame: Frame, names: list[str]) -> dict[str, Any]:
    return {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": names},
        "title": None,
        "axis": {"grid": True, "labelLimit": frame.options.width // 2.2},
    }


def _dots(frame: Frame, label: str) -> Iterator[dict[str, Any]]:
    place = frame.place if frame.place != label else None
    for row in frame.rows:
        category = f"{row['category']}: " if "category" in frame.texts and row[label] != row["category"] else ""
        for column in frame.numbers:
            name = row[place] if place else as_words(column)
            yield {
                "label": f"{category}{row[label]}",
                "series": _series(frame, name, many=place is not None),
                "name": name,
                "value": row[column],
                "shown": shown(row[column]),
                **frame.limits(row, column),
                **frame.state(row),
            }


def _series(frame: Frame, name: str, *, many: bool) -> str:
    """Among many places only the highlighted ones have a colour of their own."""
    return name if not many or name in frame.options.highlights else OTHERS


def _ranges(frame: Frame) -> list[dict[str, Any]]:
    """A line under the dots: the confidence interval, or the range from the lowest number to the highest."""
    mark = {"type": "rule", "strokeWidth": 2, "opacity": 0.55, "color": frame.options.palette.plain, "aria": False}
    if frame.has_limits:
        low = {"field": "low", "type": "quantitative"}
        return [{"mark": mark, "encoding": {"x": low, "x2": {"field": "high"}}}]
    if len(frame.numbers) > 1:
        ends = {f"{name}_end": {"aggregate": name, "field": "value", "type": "quantitative"} for name in ("min", "max")}
        return [{"mark": mark, "encoding": {"x": ends["min_end"], "x2": {"aggregate": "max", "field": "value"}}}]
    return []


def _points(frame: Frame, dots: list[dict[str, Any]]) -> dict[str, Any]:
    series = list(dict.fromkeys(dot["series"] for dot in dots))
    hues = iter(frame.options.palette.series * len(series))
    colours = {name: frame.options.palette.plain if name == OTHERS else next(hues) for name in series}
    color = {
        "field": "series",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {"title": None} if len(series) > 1 else None,
    }
    return {
        "mark": {"type": "point", "filled": True, "size": 70, "cursor": "pointer", "invalid": "filter"},
        "encoding": {
            "x": {
                "field": "value",
                "type": "quantitative",
                "scale": {"zero": False},
                "title": axis_title(frame, *frame.numbers),
                "axis": {"orient": "top"},
            },
            "color": color,
            "opacity": {"condition": {"test": f"datum.series === '{OTHERS}'", "value": 0.45}, "value": 0.95},
            "shape": {"field": "series", "sort": None, "scale": {"domain": list(colours)}, "legend": color["legend"]},
            "tooltip": [
                {"field": "label", "title": "name"},
                {"field": "name", "title": "of"},
                {"field": "shown", "title": "value"},
            ],
        },
    }
