"""Dots on a line for each name, such as a category's segments: one for each number, or for each place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

from service.charts.captions import summary
from service.charts.channels import (
    TOP,
    Spec,
    names,
    points,
    quantity,
    series_color,
    span,
    tooltip,
)
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.rows import STEP, few_enough, reasons
from service.charts.scales import whole
from service.charts.units import as_words, is_difference, top_title
from service.dataset.places import places
from service.dataset.strata import place_of_segment
from service.errors import NoPicture

OTHERS = "other places"
MOST_NAMED = 6
"""So many places without a figure, and lines that lack the same ones, are named; of more the number is told."""


def build(frame: Frame) -> Drawing:
    label = _label(frame)
    place = _place(frame, label)
    dots = list(_dots(frame, label, place))
    labels = few_enough(_ordered(frame, list(dict.fromkeys(dot["label"] for dot in dots))))
    dots.sort(key=lambda dot: dot["series"] != OTHERS)  # so that the highlighted ones lie on top
    scale = whole(dots, zero=is_difference(frame, frame.numbers[0]))
    spec = {
        "height": STEP * len(labels),
        "data": {"values": dots},
        "encoding": {
            "y": names(labels, {"grid": True, "labelLimit": frame.options.width // 2.2}),
            "x": quantity("value", scale=scale, title=top_title(frame, *frame.numbers), **TOP),
        },
        "layer": [
            *([] if place else _ranges(frame, dots)),  # those of many places on one line would hide each other
            *_points(frame, dots),
            *([] if place else _reasons(frame, dots)),
        ],
    }
    sentence = f"Dots for {len(labels)} names, {summary(frame, frame.numbers[0])}."
    return Drawing(spec, sentence, _remarks(dots) if place else ())


def _label(frame: Frame) -> str:
    """The column that names a line: the segment, if there are several, which places share; else the place."""
    segments = {row["segment"] for row in frame.rows} if "segment" in frame.texts else set()
    label = "segment" if len(segments) > 1 or (segments and frame.is_one_place) else frame.label
    if label is None or not frame.numbers:
        raise NoPicture("dots need a column of texts and one of numbers; ask for chart=table")
    return label


def _place(frame: Frame, label: str) -> str | None:
    """The column of places where each line has several."""
    return None if frame.place == label or frame.is_one_place else frame.place


def _dots(frame: Frame, label: str, place: str | None) -> Iterator[Row]:
    """Among many places only the highlighted ones have a colour of their own."""
    for row in frame.rows:
        named = label == "segment" and "category" in frame.texts and row[label] != row["category"]
        category = f"{row['category']}: " if named else ""
        for column in frame.numbers:
            name = row[place] if place else as_words(column)
            series = OTHERS if place and name not in frame.options.highlights else name
            yield {"label": f"{category}{row[label]}", "series": series, "name": name, **frame.mark(row, column)}


def _ordered(frame: Frame, labels: list[str]) -> list[str]:
    """Segments in the order of ages, education and incomes; other names as the answer has them."""
    if "segment" not in frame.texts:
        return labels
    return sorted(labels, key=lambda label: place_of_segment(label.rpartition(": ")[2]))


def _ranges(frame: Frame, dots: list[Row]) -> list[Spec]:
    """A line under the dots: the confidence intervals, or the range from the lowest number to the highest."""
    mark = {"type": "rule", "strokeWidth": 2, "opacity": 0.55, "color": frame.palette.plain, "aria": False}
    if any("low" in dot for dot in dots):
        color = {"color": _colors(frame, dots)} if len(frame.numbers) > 1 else {}
        return [{"mark": mark, "encoding": {**span("x"), **color}}]
    if len(frame.numbers) > 1:
        low, high = ({"aggregate": end, "field": "value"} for end in ("min", "max"))
        return [{"mark": mark, "encoding": {"x": {**low, "type": "quantitative"}, "x2": high}}]
    return []


def _points(frame: Frame, dots: list[Row]) -> list[Spec]:
    color = _colors(frame, dots)
    shape = {"field": "series", "sort": None, "scale": {"domain": color["scale"]["domain"]}, "legend": color["legend"]}
    others = {"condition": {"test": f"datum.series === '{OTHERS}'", "value": 0.45}, "value": 0.95}
    mark = {"type": "point", "size": 70, "cursor": "pointer", "invalid": "filter"}
    titles = tooltip(label="name", name="of", shown="value")
    encoding = {"color": color, "shape": shape, "opacity": others, "tooltip": titles}
    return points(frame.palette, mark, encoding, hollow=frame.has_unreliable)


def _colors(frame: Frame, dots: list[Row]) -> Spec:
    colours = cycle(frame.palette.series)
    series = dict.fromkeys(dot["series"] for dot in dots)
    return series_color({name: frame.palette.plain if name == OTHERS else next(colours) for name in series})


def _reasons(frame: Frame, dots: list[Row]) -> list[Spec]:
    """Of the first number, which the status is about; where another number's dot lies to the left, to its right."""
    first = as_words(frame.numbers[0])
    values = [dot["value"] for dot in dots if dot["value"] is not None]
    middle = (min(values) + max(values)) / 2 if values else 0
    left = {dot["label"] for dot in dots if dot["value"] is not None and dot["value"] < middle}
    lacking = [dot for dot in dots if dot["name"] == first and dot["value"] is None]
    for dot in lacking:
        dot["crowded"] = dot["label"] in left
        dot["reason"] = dot["shown"]
    return reasons(frame.palette, lacking)


def _remarks(dots: Sequence[Row]) -> list[str]:
    """The places without a figure, by name and reason: a line that has dots of others cannot show what it lacks."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for dot in dots:
        if dot["value"] is None:
            lacking.setdefault((dot["label"], dot["shown"]), []).append(places()[dot["name"]].code)
    lines: dict[str, list[str]] = {}
    for (label, shown), codes in lacking.items():
        named = ", ".join(codes) if len(codes) <= MOST_NAMED else f"{len(codes)} places"
        lines.setdefault(f"{named} {shown}", []).append(label)
    told = [
        f"{'; '.join(labels) if len(labels) <= MOST_NAMED else f'{len(labels)} lines'}: {what}."
        for what, labels in lines.items()
    ]
    return [" ".join(told)] if told else []
