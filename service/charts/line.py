"""Lines over the survey years, one for each place or each column; gaps stay gaps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from service.charts.captions import as_words, axis_title, summary
from service.charts.channels import Spec, quantity, series_color, span
from service.charts.frame import Frame, Row
from service.encoding import encode
from service.errors import NoPicture

HEIGHT = 320
MAX_LINES = 60
BROKEN = {"invalid": "break-paths-filter-domains"}


def build(frame: Frame) -> tuple[Spec, str]:
    if frame.year is None or not frame.numbers:
        raise NoPicture("lines need a column `year` and one of numbers; ask for chart=bars or chart=table")
    points = list(_points(frame, frame.year))
    series = list(dict.fromkeys(point["series"] for point in points))
    if len(series) > MAX_LINES:
        raise NoPicture(f"{len(series)} lines are too many for a picture, which holds {MAX_LINES}; ask for less")
    years = sorted({point["year"] for point in points})
    color = series_color(dict(zip(series, cycle(frame.palette.series), strict=False)), labelLimit=200)
    values = quantity("value", scale={"zero": False}, title=axis_title(frame, *frame.numbers))
    lines = {"encoding": {"y": values}, "layer": _lines(frame, color)}
    band = {"mark": {"type": "area", "opacity": 0.16, "aria": False, **BROKEN}, "encoding": span("y")}
    spec = {
        "height": HEIGHT,
        "data": {"values": _with_gaps(points, series, years)},
        "encoding": {"x": _years(years), "color": color},
        "layer": [*([band] if frame.has_limits else []), lines],
    }
    first = f"Lines over the years {years[0]} to {years[-1]} of {', '.join(series[:8])}"
    return spec, f"{first}; {summary(frame, frame.numbers[0])}."


def _years(years: list[int]) -> Spec:
    return quantity(
        "year",
        title=None,
        scale={"nice": False, "zero": False, "padding": 18},
        axis={"values": years, "format": "d", "grid": False, "labelOverlap": True},
    )


def _points(frame: Frame, year: str) -> Iterator[Row]:
    """The first column's line has the name of its place; the others have that of their column."""
    asked = frame.answer.provenance.arguments.get("state")
    for row in frame.rows:
        place = row[frame.label] if frame.label else asked
        for column in frame.numbers:
            named = column == frame.numbers[0] and isinstance(place, str)
            series = place if named else as_words(column).capitalize()
            yield {"series": series, "year": row[year], **frame.mark(row, column)}


def _with_gaps(points: list[Row], series: list[str], years: list[int]) -> list[Row]:
    """The points, and one without a value for each year that a line lacks and others have: the line breaks there."""
    present = {(point["series"], point["year"]) for point in points}
    missing = [
        {"series": name, "year": year, "value": None, "shown": "no data"}
        for name in series
        for year in years
        if (name, year) not in present
    ]
    return sorted([*points, *missing], key=lambda point: (series.index(point["series"]), point["year"]))


def _lines(frame: Frame, color: Spec) -> list[Spec]:
    highlighted = f"indexof({encode(frame.options.highlights).decode()}, datum.series) >= 0"
    wide = {"condition": {"test": highlighted, "value": 4}, "value": 2}
    shape = color | {"scale": {"domain": color["scale"]["domain"]}}
    tooltip = [{"field": "series"}, {"field": "year"}, {"field": "shown", "title": "value"}]
    point = {"type": "point", "filled": True, "size": 45, "invalid": "filter", "cursor": "pointer", "opacity": 1}
    return [
        {"mark": {"type": "line", **BROKEN, "aria": False}, "encoding": {"strokeWidth": wide}},
        {"mark": point, "encoding": {"shape": shape, "tooltip": tooltip}},
    ]
