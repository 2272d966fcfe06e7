"""Bars in the answer's own order, with their mean as a line; the five best and the five worst places stand out."""

from __future__ import annotations

from statistics import fmean

from service.charts.captions import axis_title, summary
from service.charts.channels import TOP, Spec, names, outline, quantity, span, tooltip
from service.charts.frame import LIMITS, Frame, Row
from service.dataset.places import better_ends
from service.errors import NoPicture

FEW = 15
"""So few bars need no colours for the best and the worst."""
ENDS = 5
"""How many are the best, and how many the worst."""
STEP = 17


def build(frame: Frame) -> tuple[Spec, str]:
    label, column = _columns(frame)
    groups = _groups(frame, column)
    bars = [_bar(frame, row, label, column, group) for row, group in zip(frame.rows, groups, strict=True)]
    layers = [_bars(frame, groups), *([_interval(frame)] if frame.has_limits else []), _figures(frame)]
    sentence = f"Bars, {summary(frame, column)}."
    values = [row[column] for row in frame.published(column) if not frame.is_national(row)]
    if len(values) > 1:
        layers.append(_mean(frame, fmean(values)))
        sentence += f" The line is their mean, {fmean(values):.4g}."
    spec = {
        "height": STEP * len(frame.rows),
        "data": {"values": bars},
        "encoding": {
            "y": names([bar["label"] for bar in bars], {"labelLimit": frame.options.width // 3}),
            "x": quantity("value", title=axis_title(frame, column), **TOP),
        },
        "layer": layers,
    }
    return spec, sentence


def _columns(frame: Frame) -> tuple[str, str]:
    """The column of names, each of which has one row, and that of values."""
    if frame.label is None or not frame.numbers:
        raise NoPicture("bars need a column of texts and one of numbers; ask for chart=table")
    if not frame.is_unique(frame.label):
        raise NoPicture("bars have one value for each name, but this has several; ask for chart=line or chart=dots")
    return frame.label, frame.numbers[0]


def _bar(frame: Frame, row: Row, label: str, column: str, group: str) -> Row:
    low, high = (row.get(end) for end in LIMITS)
    interval = "none" if low is None or high is None else f"{low:.1f} to {high:.1f}"
    marked = row[label] in frame.options.highlights
    return {"label": row[label], **frame.mark(row, column, group=group, marked=marked, interval=interval)}


def _groups(frame: Frame, column: str) -> list[str]:
    """The group of each row: five best, five worst, National, or other."""
    better = _better_end(frame)
    ranked = [row for row in frame.published(column) if not frame.is_national(row)]
    ends: dict[int, str] = {}
    if frame.place and better and len(ranked) > FEW:
        ranked.sort(key=lambda row: row[column], reverse=better == "higher")
        ends = {id(row): "five best" for row in ranked[:ENDS]} | {id(row): "five worst" for row in ranked[-ENDS:]}
    return ["National" if frame.is_national(row) else ends.get(id(row), "other") for row in frame.rows]


def _better_end(frame: Frame) -> str | None:
    """`higher` or `lower`, where it is known for the question asked."""
    provenance = frame.answer.provenance
    codes = {wording["code"] for wording in provenance.wordings or ()}
    asked = codes if len(codes) == 1 else [text for text in provenance.arguments.values() if isinstance(text, str)]
    return next((end for text in asked if (end := better_ends().get(text))), None)


def _bars(frame: Frame, groups: list[str]) -> Spec:
    palette = frame.palette
    hues = {
        "five best": palette.best,
        "five worst": palette.worst,
        "National": palette.national,
        "other": palette.plain,
    }
    present = [name for name in hues if name in groups]
    color = {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": present, "range": [hues[name] for name in present]},
        "legend": {"title": None} if len(present) > 1 else None,
    }
    titles = {"label": "name", "shown": "value"} | ({"interval": "95% confidence"} if frame.has_limits else {})
    return {
        "mark": {"type": "bar", "cursor": "pointer"},
        "encoding": {"color": color, **outline(palette, 2.5), "tooltip": tooltip(**titles)},
    }


def _interval(frame: Frame) -> Spec:
    mark = {"type": "rule", "color": frame.palette.ink, "strokeWidth": 1.2, "aria": False}
    return {"mark": mark, "encoding": span("x")}


def _figures(frame: Frame) -> Spec:
    """The value at the foot of the bar, where no interval crosses it, also where none is published."""
    place = {"type": "text", "invalid": None, "align": "left", "dx": 4}
    missing = {"test": "!isValid(datum.value)", "value": frame.palette.faint}
    return {
        "mark": {**place, "fontSize": 10, "color": frame.palette.paper, "aria": False},
        "encoding": {
            "x": {"datum": 0},
            "text": {"field": "shown"},
            "color": {"condition": missing, "value": frame.palette.paper},
        },
    }


def _mean(frame: Frame, mean: float) -> Spec:
    return {
        "data": {"values": [{"mean": mean}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": frame.palette.ink, "aria": False},
        "encoding": {"x": quantity("mean"), "y": None},
    }
