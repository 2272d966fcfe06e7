"""Lines over the survey years, one for each place or each column; gaps stay gaps, and are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.answers.years import spans
from service.charts import channels
from service.charts.captions import summary
from service.charts.channels import (
    IS_MISSING,
    Spec,
    interval_entry,
    quantity,
    series_color,
    span,
)
from service.charts.drawing import Drawing
from service.charts.frame import ABSENT, MISSING, Frame, Row
from service.charts.headline import asked_in
from service.charts.line_labels import labels, layers, room_to_the_right
from service.charts.marks import TIP, mark
from service.charts.scales import whole
from service.charts.series import series_colors
from service.charts.theme import Palette
from service.charts.units import as_words, axis_title
from service.encoding import encode
from service.errors import NoPicture

HEIGHT = 320
MAX_LINES = 60
MOST_BANDS = 5
"""Bands of more lines would hide each other; a tooltip has the limits."""
MOST_GAPS = 6
"""So many gaps are named, one a line and reason; of more only the number is told."""
BROKEN = {"invalid": "break-paths-filter-domains"}
CROSS = "x"
"""Stands in a year that a line lacks, and in the remark that says why."""
AXIS = 55
"""Pixels of the axis of values, about."""
MARGIN = 0.3
"""Years before the first and after the last."""
STEP = 11
"""Pixels from one cross to that of another line above it."""


def build(frame: Frame) -> Drawing:
    if frame.year is None or not frame.numbers:
        raise NoPicture("lines need a column `year` and one of numbers; ask for chart=bars or chart=table")
    points = list(_points(frame, frame.year))
    series = list(dict.fromkeys(point["series"] for point in points))
    if len(series) > MAX_LINES:
        raise NoPicture(f"{len(series)} lines are too many for a picture, which holds {MAX_LINES}; ask for less")
    years = sorted({point["year"] for point in points} | set(asked_in(frame)))
    points = _with_gaps(points, series, years)
    has_bands = frame.has_limits and len(series) <= MOST_BANDS
    scale = whole(points if has_bands else [{"value": point["value"]} for point in points])
    width = frame.options.width
    names = labels(points, width, HEIGHT, scale["domain"]) if "domain" in scale else []
    color = series_color(series_colors(frame.palette, series), labelLimit=200)
    if names:
        color["legend"] = None
    first, last = years[0] - MARGIN, years[-1] + MARGIN
    domain = [first, first + (last - first) / (1 - room_to_the_right(names, width))]
    spec = {
        "height": HEIGHT,
        "data": {"values": points},
        "encoding": {"x": _years(years, domain), "color": color},
        "layer": [
            *(_intervals(frame.palette) if has_bands else []),
            {"encoding": {"y": _values(frame, scale)}, "layer": _lines(frame, color)},
            *layers(frame.palette, names, last, color),
            _crosses(),
        ],
    }
    drawn = f"Lines over the years {years[0]} to {years[-1]} of {', '.join(series[:8])}"
    remarks = _remarks(points, hidden=frame.has_limits and not has_bands)
    return Drawing(spec, f"{drawn}; {summary(frame, frame.numbers[0])}.", remarks, indent=AXIS)


def _years(years: list[int], domain: list[float]) -> Spec:
    return quantity(
        "year",
        title=None,
        scale={"nice": False, "zero": False, "domain": domain},
        axis={"values": years, "format": "d", "grid": False, "labelOverlap": True},
    )


def _values(frame: Frame, scale: Spec) -> Spec:
    return quantity("value", scale=scale, title=axis_title(frame, *frame.numbers))


def _points(frame: Frame, year: str) -> Iterator[Row]:
    """The first column's line has the name of its place; the others have that of their column."""
    asked = frame.answer.provenance.arguments.get("state")
    for row in frame.rows:
        place = row[frame.label] if frame.label else asked
        for column in frame.numbers:
            named = column == frame.numbers[0] and isinstance(place, str)
            series = place if named else as_words(column).capitalize()
            yield mark(frame, row, column, series, series=series, year=row[year])


def _with_gaps(points: list[Row], series: list[str], years: list[int]) -> list[Row]:
    """The points in order, with one without a value for each year that a line lacks although the question was asked.

    A line breaks there. `isolated` points have no line to a neighbour, `slot` stacks the gaps of a year.
    """
    found: dict[tuple[str, int], Row] = {}
    for point in points:
        found.setdefault((point["series"], point["year"]), point)  # the nation beside itself is one line
    for year in years:
        gaps = 0
        for name in series:
            tip = {"title": name, "year": str(year), "value": ABSENT}
            lacking = {"series": name, "year": year, "value": None, "shown": ABSENT, "tip": tip}
            point = found.setdefault((name, year), lacking)
            if point["value"] is None:
                point["slot"] = gaps
                gaps += 1
    ordered = [found[name, year] for name in series for year in years]
    for index, point in enumerate(ordered):
        beside = [*ordered[max(0, index - 1) : index], *ordered[index + 1 : index + 2]]
        joined = any(other["series"] == point["series"] and other["value"] is not None for other in beside)
        point["isolated"] = point["value"] is not None and not joined
    return ordered


def _intervals(palette: Palette) -> list[Spec]:
    """A band along each line; a rule at a point that stands alone, where a band has no width."""
    rule = {"type": "rule", "strokeWidth": 2, "opacity": 0.6, "aria": False}
    return [
        {"mark": {"type": "area", "opacity": 0.16, "aria": False, **BROKEN}, "encoding": span("y")},
        {"transform": [{"filter": "datum.isolated"}], "mark": rule, "encoding": span("y")},
        interval_entry(palette, band=True),
    ]


def _lines(frame: Frame, color: Spec) -> list[Spec]:
    highlighted = f"indexof({encode(frame.options.highlights).decode()}, datum.series) >= 0"
    wide = {"condition": {"test": highlighted, "value": 4}, "value": 2}
    shape = color | {"scale": {"domain": color["scale"]["domain"]}}
    point = {"type": "point", "size": 45, "invalid": "filter", "cursor": "pointer", "opacity": 1, **TIP}
    return [
        {"mark": {"type": "line", **BROKEN, "aria": False}, "encoding": {"strokeWidth": wide}},
        *channels.points(frame.palette, point, {"shape": shape}, hollow=frame.has_unreliable),
    ]


def _crosses() -> Spec:
    """A cross in the colour of its line in each year that the line lacks, at the foot of the chart."""
    above = {"expr": f"-6 - {STEP} * datum.slot"}
    text = {"type": "text", "text": CROSS, "fontSize": 14, "invalid": None, "dy": above, **TIP}
    return {"transform": [{"filter": IS_MISSING}], "mark": text, "encoding": {"y": {"value": "height"}}}


def _remarks(points: Sequence[Row], *, hidden: bool) -> list[str]:
    """What the crosses are: each line's gaps, by year and reason; and that intervals are hidden."""
    remarks = [f"The confidence intervals of more than {MOST_BANDS} lines would hide each other."] if hidden else []
    gaps: dict[tuple[str, str], list[int]] = {}
    for point in points:
        if point["value"] is None:
            gaps.setdefault((point["series"], point["shown"]), []).append(point["year"])
    if len(gaps) > MOST_GAPS:
        figures, lines = sum(map(len, gaps.values())), len({name for name, _ in gaps})
        return [*remarks, f"{CROSS} {MISSING}: {figures} figures of {lines} lines."]
    return remarks + [f"{CROSS} {name} {spans(years)}: {shown}." for (name, shown), years in gaps.items()]
