"""Answer → Vega-Lite spec: one table of the charts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from service.answers.answer import Answer
from service.charts import (
    arrows,
    bars,
    captions,
    dots,
    intervals,
    line,
    map,  # noqa: A004 - the public name of the chart
    scatter,
    table,
)
from service.charts.channels import Spec
from service.charts.drawing import Drawing
from service.charts.frame import Frame, make_frame
from service.charts.picture_options import PictureOptions
from service.charts.theme import vega_config

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

Builder = Callable[[Frame], Drawing]
"""Raises NoPicture when the frame has not what the chart needs."""

CHARTS: Mapping[str, Builder] = {
    "map": map.build,
    "bars": bars.build,
    "line": line.build,
    "dots": dots.build,
    "intervals": intervals.build,
    "arrows": arrows.build,
    "scatter": scatter.build,
    "table": table.build,
}
"""To add a chart, add a line."""


def parse_charts(text: str, columns: Sequence[str]) -> Mapping[str, list[str]]:
    """The charts that a header names, with the columns to draw if it names any; the first is the statistic's own.

    `map`, `map(change)` and `map(change); arrows(first, last)` are such texts. Raises ValueError, in words; the columns
    must be among those of the SQL.
    """
    found: dict[str, list[str]] = {}
    for part in (each.strip() for each in text.split(";")):
        match = re.fullmatch(r"(\w+)\s*(?:\(([^()]*)\))?", part)
        if match is None or match[1] not in CHARTS:
            raise ValueError(f"{part!r} is none of {', '.join(CHARTS)}; columns may follow, as in map(change)")
        found[match[1]] = [name.strip() for name in match[2].split(",")] if match[2] is not None else []
        for name in found[match[1]]:
            if name not in columns:
                raise ValueError(f"{part!r} names {name or 'nothing'}, but the SQL's columns are {', '.join(columns)}")
    return found


def make_spec(answer: Answer, options: PictureOptions) -> Spec:
    """The Vega-Lite spec of an answer, with its data inside; raises NoPicture when the chart does not fit it."""
    declared = parse_charts(answer.provenance.chart, answer.result.names) if answer.provenance.chart else {}
    own = next(iter(declared), None)
    chart = options.chart or own
    columns = declared.get(chart or "") or declared.get(own or "") or []
    frame = make_frame(answer, options, columns)
    drawing = CHARTS[chart or _default_chart(frame)](frame)
    title = captions.title(frame)
    return {
        "$schema": SCHEMA,
        "description": f"{' '.join(title['text'])}. {drawing.sentence}",
        "title": title,
        "width": options.width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 8,
        "config": vega_config(frame.palette, options.width),
        **drawing.spec,
        "layer": [*drawing.spec["layer"], captions.footnote(frame, drawing)],
    }


def chart_of(answer: Answer, options: PictureOptions) -> str:
    """The name of the chart that `make_spec` makes; raises NoPicture when there are too many rows."""
    names = answer.result.names
    declared = parse_charts(answer.provenance.chart, names) if answer.provenance.chart else ()
    return options.chart or next(iter(declared), None) or _default_chart(make_frame(answer, options, ()))


def _default_chart(frame: Frame) -> str:
    """The chart that suits the columns, for a statistic that declares none."""
    if len(frame.rows) == 1 or not frame.numbers:
        return "table"
    if frame.year and len({row[frame.year] for row in frame.rows}) > 1:
        return "line"
    if "segment" in frame.texts:
        return "dots"
    if frame.label is None or not frame.is_unique(frame.label):
        return "table"
    return "map" if frame.place and len(frame.rows) > bars.FEW else "bars"
