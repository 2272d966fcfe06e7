"""Answer → Vega-Lite spec: one table of the charts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from service.answers.answer import Answer
from service.charts import bars, captions, dots, line, map, table  # noqa: A004 - the design's name of the chart
from service.charts.frame import Frame, frame_of
from service.charts.theme import Look

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

Builder = Callable[[Frame], tuple[dict[str, Any], str]]
"""A frame → what the chart adds to every spec, and a sentence for whoever cannot see it. Raises NoPicture."""

CHARTS: Mapping[str, Builder] = {
    "map": map.build,
    "bars": bars.build,
    "line": line.build,
    "dots": dots.build,
    "table": table.build,
}
"""To add a chart add a line."""


class Chart(NamedTuple):
    """What a header's `chart` declares: a name of CHARTS, and the columns to draw, if it names them."""

    name: str
    columns: tuple[str, ...] = ()


def parse_chart(text: str, columns: Sequence[str]) -> Chart:
    """`map` or `map(change)`, the columns being among those of the SQL; raises ValueError, in words."""
    match = re.fullmatch(r"(\w+)\s*(?:\(([^()]*)\))?", text)
    if match is None or match[1] not in CHARTS:
        raise ValueError(f"{text!r} is none of {', '.join(CHARTS)}; columns may follow, as in map(change)")
    named = tuple(name.strip() for name in match[2].split(",")) if match[2] is not None else ()
    for name in named:
        if name not in columns:
            raise ValueError(f"{text!r} names {name or 'nothing'}, but the SQL's columns are {', '.join(columns)}")
    return Chart(match[1], named)


def make_spec(answer: Answer, look: Look) -> dict[str, Any]:
    """The Vega-Lite spec of an answer, its data inside; raises NoPicture when it cannot be drawn like that."""
    said = answer.provenance.chart
    declared = parse_chart(said, answer.result.names) if said else Chart("")
    frame = frame_of(answer, look, declared.columns)
    name = look.chart or declared.name or _fitting(frame)
    own, sentence = CHARTS[name](frame)
    title = captions.title(frame)
    return {
        "$schema": SCHEMA,
        "description": f"{' '.join(title['text'])}. {sentence}",
        "title": title,
        "width": look.width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 8,
        "config": look.config(),
        **own,
    }


def _fitting(frame: Frame) -> str:
    """The chart that suits the columns, for a statistic that declares none."""
    if len(frame.rows) == 1 or not frame.numbers:
        return "table"
    if frame.year and len({row[frame.year] for row in frame.rows}) > 1:
        return "line"
    if "segment" in frame.texts:
        return "dots"
    if frame.label is None or len({row[frame.label] for row in frame.rows}) < len(frame.rows):
        return "table"
    return "map" if frame.place and len(frame.rows) > bars.FEW else "bars"
