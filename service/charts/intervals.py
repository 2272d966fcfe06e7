"""A dot for each row with the confidence interval around it, in the answer's own order."""

from __future__ import annotations

from dataclasses import replace

from service.charts import dots as dots_of_segments
from service.charts import verdicts
from service.charts.captions import summary
from service.charts.channels import (
    TOP,
    Spec,
    points,
    quantity,
    series_color,
    span,
    zero_line,
)
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.marks import TIP, mark
from service.charts.national import national_line
from service.charts.rows import MAX_NAMES, labels_of, named_lines, reasons
from service.charts.scales import whole
from service.charts.units import is_difference, top_title
from service.errors import NoPicture

NATIONAL, OTHERS = "National", "other"


def build(frame: Frame) -> Drawing:
    if len(frame.rows) > MAX_NAMES and "segment" in frame.texts and not frame.is_one_place:
        return _as_dots(frame)
    labels = labels_of(frame, "intervals")
    column = frame.numbers[0]
    if not frame.has_limits:
        raise NoPicture(f"intervals need columns `low` and `high` beside {column}; ask for chart=dots or chart=bars")
    dots = [_dot(frame, row, column, label) for row, label in zip(frame.rows, labels, strict=True)]
    scale = whole(dots, zero=is_difference(frame, column))
    lines = named_lines(frame, labels)
    spec = {
        "height": lines.height,
        "data": {"values": dots},
        "encoding": {
            "y": lines.axis,
            "x": quantity("value", scale=scale, title=top_title(frame, column), **TOP),
        },
        "layer": [
            *([zero_line(frame.palette)] if is_difference(frame, column) else []),
            *_points(frame, column, dots),
            *reasons(frame.palette, dots),
            *national_line(frame, column),
        ],
    }
    remarks = [f"{verdicts.CHANCE.capitalize()}: {verdicts.rule(frame)}."] if _has_verdict(frame, column) else []
    sentence = f"Dots with their confidence intervals, {summary(frame, column)}."
    return Drawing(spec, sentence, remarks, indent=lines.room)


def _as_dots(frame: Frame) -> Drawing:
    """A line for each segment with all places on it: a line for each of both would be thousands of pixels."""
    drawing = dots_of_segments.build(replace(frame, numbers=frame.numbers[:1]))
    remark = "The confidence intervals of so many places have no room; with a state they are shown."
    return drawing._replace(remarks=[remark, *drawing.remarks])


def _has_verdict(frame: Frame, column: str) -> bool:
    """Whether the column is what the statistic tests: a difference, rather than a figure beside one."""
    return is_difference(frame, column) and verdicts.is_tested(frame)


def _dot(frame: Frame, row: Row, column: str, label: str) -> Row:
    group = NATIONAL if frame.is_national(row) else OTHERS
    if _has_verdict(frame, column):
        group = verdicts.group(frame, row, row[column], column) or verdicts.CHANCE
    marked = bool(frame.place and row[frame.place] in frame.options.highlights)
    return mark(frame, row, column, label, label=label, group=group, marked=marked)


def _points(frame: Frame, column: str, dots: list[Row]) -> list[Spec]:
    palette = frame.palette
    hues = {OTHERS: palette.series[0], NATIONAL: palette.national, **verdicts.hues(frame, palette, column)}
    present = {dot["group"] for dot in dots}
    color = series_color({name: hues[name] for name in hues if name in present}, "group")
    color["legend"] = {"title": None} if _has_verdict(frame, column) else None
    wide = {"condition": {"test": "datum.marked", "value": 5}, "value": 2}
    rule = {"type": "rule", "opacity": 0.7, "aria": False}
    dot = {"type": "point", "size": 60, "cursor": "pointer", "invalid": "filter", "opacity": 1, **TIP}
    return [
        {"mark": rule, "encoding": {**span("x"), "color": color, "strokeWidth": wide}},
        *points(palette, dot, {"color": color}, hollow=frame.has_unreliable),
    ]
