"""Lines over the survey years, one for each place or each column; gaps stay gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.charts.captions import as_words, axis_title, shown, summary
from service.charts.frame import Frame
from service.encoding import encode
from service.errors import NoPicture

HEIGHT = 320
MAX_LINES = 60


def build(frame: Frame) -> tuple[dict[str, Any], str]:
    if frame.year is None or not frame.numbers:
        raise NoPicture("lines need a column `year` and one of numbers; ask for chart=bars or chart=table")
    points = list(_points(frame))
    names = list(dict.fromkeys(point["series"] for point in points))
    if len(names) > MAX_LINES:
        raise NoPicture(f"{len(names)} lines are too many for a picture, which holds {MAX_LINES}; ask for less")
    years = sorted({point["year"] for point in points})
    color = _colours(frame, names)
    lines = {"encoding": {"y": _values(frame)}, "layer": _lines(frame, color)}
    spec = {
        "height": HEIGHT,
        "data": {"values": _with_gaps(points, names, years)},
        "encoding": {"x": _years(years), "color": color},
        "layer": [*([_band()] if frame.has_limits else []), lines],
    }
    first = f"Lines over the years {years[0]} to {years[-1]} of {', '.join(names[:8])}"
    return spec, f"{first}; {summary(frame, frame.numbers[0])}."


def _years(years: list[int]) -> dict[str, Any]:
    return {
        "field": "year",
        "type": "quantitative",
        "title": None,
        "scale": {"nice": False, "zero": False, "padding": 18},
        "axis": {"values": years, "format": "d", "grid": False, "labelOverlap": True},
    }


def _values(frame: Frame) -> dict[str, Any]:
    title = axis_title(frame, *frame.numbers)
    return {"field": "value", "type": "quantitative", "scale": {"zero": False}, "title": title}


def _points(frame: Frame) -> Iterator[dict[str, Any]]:
    for row in frame.rows:
        for number, column in enumerate(frame.numbers):
            name = row[frame.label] if frame.label else _place_asked_for(frame)
            yield {
                "series": as_words(column).capitalize() if number or name is None else name,
                "year": row[frame.year or ""],
                "value": row[column],
                "shown": shown(row[column]),
                **frame.limits(row, column),
                **frame.state(row),
            }


def _place_asked_for(frame: Frame) -> str | None:
    state = frame.answer.provenance.arguments.get("state")
    return state if isinstance(state, str) else None


def _with_gaps(points: list[dict[str, Any]], names: list[str], years: list[int]) -> list[dict[str, Any]]:
    """The points, and one without a value for each year that a line lacks and others have: the line breaks there."""
    present = {(point["series"], point["year"]) for point in points}
    missing = [
        {"series": name, "year": year, "value": None, "shown": "no data"}
        for name in names
        for year in years
        if (name, year) not in present
    ]
    return sorted([*points, *missing], key=lambda point: (names.index(point["series"]), point["year"]))


def _colours(frame: Frame, names: list[str]) -> dict[str, Any]:
    series = frame.options.palette.series
    hues = [series[number % len(series)] for number in range(len(names))]
    legend = {"title": None, "labelLimit": 200} if len(names) > 1 else None
    return {
        "field": "series",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": names, "range": hues},
        "legend": legend,
    }


def _band() -> dict[str, Any]:
    return {
        "mark": {"type": "area", "opacity": 0.16, "aria": False, "invalid": "break-paths-filter-domains"},
        "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
    }


def _lines(frame: Frame, color: dict[str, Any]) -> list[dict[str, Any]]:
    highlighted = f"indexof({encode(frame.options.highlights).decode()}, datum.series) >= 0"
    wide = {"condition": {"test": highlighted, "value": 4}, "value": 2}
    shape = color | {"scale": {"domain": color["scale"]["domain"]}}
    tooltip = [{"field": "series"}, {"field": "year"}, {"field": "shown", "title": "value"}]
    broken = "break-paths-filter-domains"
    return [
        {"mark": {"type": "line", "invalid": broken, "aria": False}, "encoding": {"strokeWidth": wide}},
        {
            "mark": {
                "type": "point",
                "filled": True,
                "size": 45,
                "invalid": "filter",
                "cursor": "pointer",
                "opacity": 1,
            },
            "encoding": {"shape": shape, "tooltip": tooltip},
        },
    ]
