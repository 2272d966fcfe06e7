"""A dot for each row with the confidence interval around it, in the answer's own order."""

from __future__ import annotations

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
    zero_line,
)
from service.charts.drawing import Drawing
from service.charts.frame import Frame
from service.charts.national import national_line
from service.charts.rows import STEP, labels_of, reasons
from service.charts.scales import whole
from service.charts.units import is_difference, top_title
from service.errors import NoPicture


def build(frame: Frame) -> Drawing:
    labels = labels_of(frame, "intervals")
    column = frame.numbers[0]
    if not frame.has_limits:
        raise NoPicture(f"intervals need columns `low` and `high` beside {column}; ask for chart=dots or chart=bars")
    dots = [
        frame.mark(
            row,
            column,
            label=label,
            group="National" if frame.is_national(row) else "other",
            marked=bool(frame.place and row[frame.place] in frame.options.highlights),
        )
        for row, label in zip(frame.rows, labels, strict=True)
    ]
    scale = whole(dots, zero=is_difference(frame, column))
    spec = {
        "height": STEP * len(labels),
        "data": {"values": dots},
        "encoding": {
            "y": names(labels, {"grid": True, "labelLimit": frame.options.width // 2.2}),
            "x": quantity("value", scale=scale, title=top_title(frame, column), **TOP),
        },
        "layer": [
            *([zero_line(frame.palette)] if is_difference(frame, column) else []),
            *_points(frame),
            *reasons(frame.palette, dots),
            *national_line(frame, column),
        ],
    }
    return Drawing(spec, f"Dots with their confidence intervals, {summary(frame, column)}.")


def _points(frame: Frame) -> list[Spec]:
    palette = frame.palette
    present = [name for name in ("other", "National") if name == "other" or any(map(frame.is_national, frame.rows))]
    hues = {"other": palette.series[0], "National": palette.national}
    color = series_color({name: hues[name] for name in present}, "group") | {"legend": None}
    wide = {"condition": {"test": "datum.marked", "value": 5}, "value": 2}
    rule = {"type": "rule", "opacity": 0.7, "aria": False}
    dot = {"type": "point", "size": 60, "cursor": "pointer", "invalid": "filter", "opacity": 1}
    encoding = {"color": color, "tooltip": tooltip(label="name", shown="value", low="low", high="high")}
    return [
        {"mark": rule, "encoding": {**span("x"), "color": color, "strokeWidth": wide}},
        *points(palette, dot, encoding, hollow=frame.has_unreliable),
    ]
