"""Dots on a line for each name, such as a category's segments: one for each number, or for each place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.charts import verdicts
from service.charts.captions import summary
from service.charts.channels import (
    TOP,
    Spec,
    interval_entry,
    points,
    quantity,
    series_color,
    span,
)
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.marks import TIP, mark
from service.charts.rows import few_enough, named_lines, reasons
from service.charts.scales import whole
from service.charts.series import series_colors
from service.charts.units import as_words, is_difference, top_title
from service.dataset.places import places
from service.dataset.strata import place_of_segment
from service.errors import NoPicture

OTHERS = "other places"
BELOW = ": "
"""Between a category and its segment, in the name that tells a line from all others."""
MOST_NAMED = 6
"""So many places without a figure, and lines that lack the same ones, are named; of more the number is told."""


def build(frame: Frame) -> Drawing:
    label = _label(frame)
    place = _place(frame, label)
    dots = list(_dots(frame, label, place))
    shown = few_enough(_ordered(frame, list(dict.fromkeys(dot["label"] for dot in dots))))
    dots.sort(key=lambda dot: dot["series"] != OTHERS)  # so that the highlighted ones lie on top
    drawn = [{"value": dot["value"]} for dot in dots] if place else dots  # without intervals among many places
    scale = whole(drawn, zero=is_difference(frame, frame.numbers[0]))
    headings = {dot["category"]: None for dot in dots if dot["category"]}
    lines = named_lines(frame, _below_headings(shown), {dot["label"]: dot["line"] for dot in dots}, headings)
    spec = {
        "height": lines.height,
        "data": {"values": dots},
        "encoding": {
            "y": lines.axis,
            "x": quantity("value", scale=scale, title=top_title(frame, *frame.numbers), **TOP),
        },
        "layer": [
            *([] if place else _ranges(frame, dots)),  # those of many places on one line would hide each other
            *_points(frame, dots),
            *([] if place else _reasons(frame, dots)),
        ],
    }
    sentence = f"Dots for {len(shown)} names, {summary(frame, frame.numbers[0])}."
    return Drawing(spec, sentence, _remarks(frame, dots, place), indent=lines.room)


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
        is_part = label == "segment" and "category" in frame.texts and row[label] != row["category"]
        category = row["category"] if is_part else None
        line = f"{category}{BELOW}{row[label]}" if category else row[label]
        for column in frame.numbers[:1] if place else frame.numbers:
            name = row[place] if place else as_words(column)
            series = OTHERS if place and name not in frame.options.highlights else name
            own = {"label": line, "line": row[label], "category": category, "series": series, "name": name}
            chance = not place and len(frame.numbers) > 1 and verdicts.may_be_chance(row)
            title = ", ".join(dict.fromkeys([*([name] if place else []), line]))
            yield mark(frame, row, column, title, **own, **({"chance": True} if chance else {}))


def _ordered(frame: Frame, labels: list[str]) -> list[str]:
    """Segments in the order of ages, education and incomes; other names as the answer has them."""
    if "segment" not in frame.texts:
        return labels
    return sorted(labels, key=lambda label: place_of_segment(label.rpartition(BELOW)[2]))


def _below_headings(labels: Sequence[str]) -> list[str]:
    """The lines of each category below one with its name."""
    parted = [label.rpartition(BELOW) for label in labels]
    categories = dict.fromkeys(category for category, *_ in parted)
    return [
        line
        for category in categories
        for line in (
            *([category] if category else []),
            *(label for label, (of, *_) in zip(labels, parted, strict=True) if of == category),
        )
    ]


def _ranges(frame: Frame, dots: list[Row]) -> list[Spec]:
    """A line under the dots: the confidence intervals, or the range from the lowest number to the highest."""
    rule = {"type": "rule", "strokeWidth": 2, "opacity": 0.55, "color": frame.palette.plain, "aria": False}
    if any("low" in dot for dot in dots):
        color = {"color": _colors(frame, dots)} if len(frame.numbers) > 1 else {}
        return [{"mark": rule, "encoding": {**span("x"), **color}}, interval_entry(frame.palette)]
    if len(frame.numbers) > 1:
        low, high = ({"aggregate": end, "field": "value"} for end in ("min", "max"))
        return [{"mark": rule, "encoding": {"x": {**low, "type": "quantitative"}, "x2": high}}]
    return []


def _points(frame: Frame, dots: list[Row]) -> list[Spec]:
    color = _colors(frame, dots)
    shape = {"field": "series", "sort": None, "scale": {"domain": color["scale"]["domain"]}, "legend": color["legend"]}
    faint = [
        {"test": f"datum.series === '{OTHERS}'", "value": 0.45},
        {"test": "datum.chance", "value": 0.3},
    ]
    dot = {"type": "point", "size": 70, "cursor": "pointer", "invalid": "filter", **TIP}
    encoding = {"color": color, "shape": shape, "opacity": {"condition": faint, "value": 0.95}}
    return points(frame.palette, dot, encoding, hollow=frame.has_unreliable)


def _colors(frame: Frame, dots: list[Row]) -> Spec:
    names = list(dict.fromkeys(dot["series"] for dot in dots))
    own = series_colors(frame.palette, [name for name in names if name != OTHERS])
    return series_color({name: own.get(name, frame.palette.plain) for name in names})


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


def _remarks(frame: Frame, dots: Sequence[Row], place: str | None) -> list[str]:
    if place:
        return _gaps(dots)
    faint = any(dot.get("chance") for dot in dots)
    return [f"Faint: the difference {verdicts.CHANCE} ({verdicts.rule(frame)})."] if faint else []


def _gaps(dots: Sequence[Row]) -> list[str]:
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
