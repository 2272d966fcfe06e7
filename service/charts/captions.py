"""The words of a picture: its title, its footnote, and a sentence for readers who cannot see it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from service.answers.years import spans
from service.charts.channels import Spec
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.headline import headline, questions_asked, whom
from service.charts.units import LETTER, as_words
from service.dataset.citation import SAMPLE

OPEN_ENDS = (("since", 2011), ("until", 2100))
"""Arguments that say "all years"."""
TITLE_SIZE = 1.35
"""Times the size of the subtitle."""
SAMPLE_TITLE = "MODELLED SAMPLE, NOT THE CDC'S DATA."
CAPITALS = 1.75
"""Times the size of the subtitle: capitals of the title are wider too."""
YEARS = ("year", "first_year", "last_year")
"""Arguments that the headline has."""
FOOTNOTE = "footnote"
DETAIL_OF_METHOD = re.compile(r"\s*\([^()]*\)|;.*")
"""What a picture has no room for: a method's source, and what follows its first clause."""


def title(frame: Frame) -> dict[str, Any]:
    """Vega-Lite's title: what is shown, and below it what that means."""
    provenance, width = frame.answer.provenance, frame.options.width
    sample = _wrap(SAMPLE_TITLE, width, CAPITALS) if provenance.sample else []
    alarm = frame.palette.alarm
    return {
        "text": [*sample, *_wrap(headline(frame), width, TITLE_SIZE)],
        "subtitle": _wrapped(frame, [provenance.method, _details(frame)]),
        "anchor": "start",
        "frame": "bounds",
        "fontSize": 15,
        "subtitleFontSize": 11,
        "subtitlePadding": 6,
        "offset": 14,
        **({"color": alarm, "subtitleColor": alarm} if provenance.sample else {}),
    }


def footnote(frame: Frame, drawing: Drawing) -> Spec:
    """A layer that draws nothing but a legend without entries, whose title stands below the chart and all legends.

    It says what the marks do not show, how the figures were made, and where they come from. Legends begin where the
    chart does, so its lines are as much shorter.
    """
    lines = _wrapped(frame, [*drawing.remarks, _source(frame), *_sentences(frame)], drawing.indent)
    color = frame.palette.alarm if frame.answer.provenance.sample else frame.palette.faint
    legend = {
        "title": lines,
        "titleColor": color,
        "titleLineHeight": 14,
        "labelExpr": "''",
        "symbolSize": 0,
        "offset": 4,
    }
    nothing = {"type": "ordinal", "domain": [FOOTNOTE], "range": [0]}
    size = {"datum": FOOTNOTE, "type": "nominal", "scale": nothing, "legend": legend}
    mark = {"type": "point", "aria": False}
    return {"data": {"values": []}, "mark": mark, "encoding": {"x": None, "y": None, "size": size}}


def _details(frame: Frame) -> str:
    """The codes of the questions, the arguments that narrow the answer but for those in the headline, and the unit."""
    provenance = frame.answer.provenance
    asked = questions_asked(frame)
    said = [*asked, *whom(frame), *(provenance.arguments.get(name) for name in YEARS if asked)]
    codes = dict.fromkeys(each["code"] for each in provenance.wordings or ()) if asked else {}
    parts = [f"Question {' and '.join(codes)}."] if codes else []
    parts += [
        f"{as_words(name).capitalize()}: {_argument(value)}."
        for name, value in provenance.arguments.items()
        if value not in (None, False, *said) and (name, value) not in OPEN_ENDS
    ]
    if provenance.unit:
        parts.append(f"Unit: {provenance.unit}.")
    return " ".join(parts)


def _argument(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)


def _source(frame: Frame) -> str:
    provenance = frame.answer.provenance
    source = SAMPLE if provenance.sample else provenance.citation or provenance.source
    return f"Source: {source.removesuffix('.')}; survey years {spans(provenance.years)}."


def _sentences(frame: Frame) -> list[str]:
    """The conclusion, notes, methods in short, what is odd in the table, and the files behind it."""
    provenance = frame.answer.provenance
    methods = "; ".join(DETAIL_OF_METHOD.sub("", method) for method in provenance.methods)
    concluded = [provenance.conclusion] if provenance.conclusion else []
    said = [*concluded, *provenance.notes, *([f"Methods: {methods}"] if methods else []), *provenance.warnings]
    file = f"{provenance.file}, " if provenance.file else ""
    files = f"{file}dataset {provenance.dataset}; computed {provenance.computed_at[:10]}"
    return [f"{text[0].upper()}{text[1:].removesuffix('.')}." for text in said] + [f"{files}."]


def _wrapped(frame: Frame, lines: Sequence[str | None], indent: float = 0) -> list[str]:
    return [part for line in lines if line for part in _wrap(line, frame.options.width - indent, 1)]


def _wrap(line: str, width: float, size: float) -> list[str]:
    return textwrap.wrap(line, max(20, int((width - 16) / (LETTER * size))))


def summary(frame: Frame, column: str) -> str:
    """How many values a column has, the lowest and the highest, and how many are not published."""
    published = frame.published(column)
    ranked = [row for row in published if not frame.is_national(row)] or published
    if not ranked:
        return f"{len(frame.rows)} rows, none published"
    low, high = (_named(frame, end(ranked, key=lambda row: row[column]), column) for end in (min, max))
    missing = len(frame.rows) - len(published)
    unpublished = f"; {missing} not published" if missing else ""
    return f"{len(frame.rows)} values of {as_words(column)} from {low} to {high}{unpublished}"


def _named(frame: Frame, row: Row, column: str) -> str:
    return f"{row[column]:.4g}" + (f" ({row[frame.label]})" if frame.label else "")
