"""Answer → Vega-Lite spec: one table of the charts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from service.answers.answer import Answer
from service.charts import bars, captions, dots, line, map, table  # noqa: A004 - the public name of the chart
from service.charts.channels import Spec
from service.charts.frame import Frame, make_frame
from service.charts.picture_options import PictureOptions
from service.charts.theme import vega_config

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

Builder = Callable[[Frame], tuple[Spec, str]]
"""A frame → what the chart adds to every spec, and a sentence for readers who cannot see it. Raises NoPicture."""

CHARTS: Mapping[str, Builder] = {
    "map": map.build,
    "bars": bars.build,
    "line": line.build,
    "dots": dots.build,
    "table": table.build,
}
"""To add a chart, add a line."""


def parse_chart(text: str, columns: Sequence[str]) -> tuple[str, list[str]]:
    """The name of the chart and the columns to draw, if a header names any, as in `map` or `map(change)`.

    Raises ValueError, in words; the columns must be among those of the SQL.
    """
    match = re.fullmatch(r"(\w+)\s*(?:\(([^()]*)\))?", text)
    if match is None or match[1] not in CHARTS:
        raise ValueError(f"{text!r} is none of {', '.join(CHARTS)}; columns may follow, as in map(change)")
    named = [name.strip() for name in match[2].split(",")] if match[2] is not None else []
    for name in named:
        if name not in columns:
            raise ValueError(f"{text!r} names {name or 'nothing'}, but the SQL's columns are {', '.join(columns)}")
    return match[1], named


def make_spec(answer: Answer, options: PictureOptions) -> Spec:
    """The Vega-Lite spec of an answer, with its data inside; raises NoPicture when the chart does not fit it."""
    declared = answer.provenance.chart
    name, columns = parse_chart(declared, answer.result.names) if declared else ("", [])
    frame = make_frame(answer, options, columns)
    own, sentence = CHARTS[options.chart or name or _default_chart(frame)](frame)
    title = captions.title(frame)
    return {
        "$schema": SCHEMA,
        "description": f"{' '.join(title['text'])}. {sentence}",
        "title": title,
        "width": options.width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 8,
        "config": vega_config(frame.palette, options.width),
        **own,
    }


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
