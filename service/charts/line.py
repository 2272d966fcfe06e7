"""Lines over the survey years: one for each place, or for each column; gaps stay gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.charts.captions import axis_title, span, spoken
from service.charts.frame import Frame
from service.encoding import encode
from service.errors import NoPicture

HEIGHT = 320
MOST_LINES = 60


def build(frame: Frame) -> tuple[dict[str, Any], str]:
    """The spec's own part, and what it shows in a sentence; raises NoPicture when the rows are no lines."""
    if frame.year is None or not frame.numbers:
        raise NoPicture("lines need a column `year` and one of numbers; ask for chart=bars or chart=table")
    points = list(_points(frame))
    names = list(dict.fromkeys(point["series"] for point in points))
    if len(names) > MOST_LINES:
        raise NoPicture(f"{len(names)} lines are too many for a picture, which holds {MOST_LINES}; ask for less")
    years = sorted({point["year"] for point in points})
    points = _with_gaps(points, names, years)
    title = axis_title(frame, *frame.numbers)
    y = {"field": "value", "type": "quantitative", "scale": {"zero": False}, "title": title}
    x_axis = {"values": years, "format": "d", "grid": False, "labelOverlap": True}
    color = _colours(frame, names)
    spec = {
        "height": HEIGHT,
        "data": {"values": points},
        "encoding": {
            "x": {
                "field": "year",
                "type": "quantitative",
                "title": None,
                "scale": {"nice": False, "zero": False, "padding": 18},
                "axis": x_axis,
            },
            "color": color,
        },
        "layer": [*([_band()] if frame.limits else []), {"encoding": {"y": y}, "layer": _lines(frame, color)}],
    }
    said = f"Lines over the years {years[0]} to {years[-1]} of {', '.join(names[:8])}"
    return spec, f"{said}; {span(frame, frame.numbers[0])}."


def _points(frame: Frame) -> Iterator[dict[str, Any]]:
    for row in frame.rows:
        for number, column in enumerate(frame.numbers):
            own = row[frame.label] if frame.label else _own_name(frame)
            limits = {end: row[end] for end in ("low", "high")} if frame.limits and number == 0 else {}
            place = {"state": row[frame.place]} if frame.place else {}
            yield {
                "series": spoken(column).capitalize() if number or own is None else own,
                "year": row[frame.year or ""],
                "value": row[column],
                "shown": "not published" if row[column] is None else f"{row[column]:.1f}",
                **limits,
                **place,
            }


def _own_name(frame: Frame) -> str | None:
    """Of an answer about one place: its name."""
    given = frame.answer.provenance.arguments.get("state")
    return given if isinstance(given, str) else None


def _with_gaps(points: list[dict[str, Any]], names: list[str], years: list[int]) -> list[dict[str, Any]]:
    """A point without a value for each year that others have and a line has not, so that the line breaks there."""
    have = {(point["series"], point["year"]) for point in points}
    missing = [
        {"series": name, "year": year, "value": None, "shown": "no data"}
        for name in names
        for year in years
        if (name, year) not in have
    ]
    return sorted([*points, *missing], key=lambda point: (names.index(point["series"]), point["year"]))


def _colours(frame: Frame, names: list[str]) -> dict[str, Any]:
    series = frame.look.palette.series
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
    marked = f"indexof({encode(frame.look.marks).decode()}, datum.series) >= 0"
    wide = {"condition": {"test": marked, "value": 4}, "value": 2}
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
