"""Dots on a line for each name, such as a category's segments: one for each number, or for each place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from service.charts.captions import as_words, axis_title, summary
from service.charts.channels import TOP, Spec, names, quantity, series_color, span, tooltip
from service.charts.frame import Frame, Row
from service.errors import NoPicture

STEP = 19
MAX_NAMES = 120
OTHERS = "other places"


def build(frame: Frame) -> tuple[Spec, str]:
    dots = list(_dots(frame, _label(frame)))
    labels = list(dict.fromkeys(dot["label"] for dot in dots))
    if len(labels) > MAX_NAMES:
        raise NoPicture(f"{len(labels)} names are too many for a picture, which holds {MAX_NAMES}; ask for less")
    dots.sort(key=lambda dot: dot["series"] != OTHERS)  # so that the highlighted ones lie on top
    spec = {
        "height": STEP * len(labels),
        "data": {"values": dots},
        "encoding": {"y": names(labels, {"grid": True, "labelLimit": frame.options.width // 2.2})},
        "layer": [*_ranges(frame), _points(frame, dots)],
    }
    return spec, f"Dots for {len(labels)} names, {summary(frame, frame.numbers[0])}."


def _label(frame: Frame) -> str:
    """The column that names a line: the segment, if there is one, since many places share it; else the place."""
    label = "segment" if "segment" in frame.texts else frame.label
    if label is None or not frame.numbers:
        raise NoPicture("dots need a column of texts and one of numbers; ask for chart=table")
    return label


def _dots(frame: Frame, label: str) -> Iterator[Row]:
    """Among many places only the highlighted ones have a colour of their own."""
    place = frame.place if frame.place != label else None
    for row in frame.rows:
        category = f"{row['category']}: " if "category" in frame.texts and row[label] != row["category"] else ""
        for column in frame.numbers:
            name = row[place] if place else as_words(column)
            series = OTHERS if place and name not in frame.options.highlights else name
            yield {"label": f"{category}{row[label]}", "series": series, "name": name, **frame.mark(row, column)}


def _ranges(frame: Frame) -> list[Spec]:
    """A line under the dots: the confidence interval, or the range from the lowest number to the highest."""
    mark = {"type": "rule", "strokeWidth": 2, "opacity": 0.55, "color": frame.palette.plain, "aria": False}
    if frame.has_limits:
        return [{"mark": mark, "encoding": span("x")}]
    if len(frame.numbers) > 1:
        low, high = ({"aggregate": end, "field": "value"} for end in ("min", "max"))
        return [{"mark": mark, "encoding": {"x": {**low, "type": "quantitative"}, "x2": high}}]
    return []


def _points(frame: Frame, dots: list[Row]) -> Spec:
    hues = cycle(frame.palette.series)
    series = dict.fromkeys(dot["series"] for dot in dots)
    colors = {name: frame.palette.plain if name == OTHERS else next(hues) for name in series}
    color = series_color(colors)
    return {
        "mark": {"type": "point", "filled": True, "size": 70, "cursor": "pointer", "invalid": "filter"},
        "encoding": {
            "x": quantity("value", scale={"zero": False}, title=axis_title(frame, *frame.numbers), **TOP),
            "color": color,
            "opacity": {"condition": {"test": f"datum.series === '{OTHERS}'", "value": 0.45}, "value": 0.95},
            "shape": {"field": "series", "sort": None, "scale": {"domain": list(colors)}, "legend": color["legend"]},
            "tooltip": tooltip(label="name", name="of", shown="value"),
        },
    }
