"""The words of a picture: its title, its source, its axes, and a sentence for readers who cannot see it."""

from __future__ import annotations

import textwrap
from typing import Any

from service.charts.frame import Frame, Row

OPEN_ENDS = (("since", 2011), ("until", 2100))
"""Arguments that say "all years"."""
LETTER = 6.2
"""Pixels of a letter of the subtitle, about."""
TITLE_SIZE = 1.35
"""Times the size of the subtitle."""


def title(frame: Frame) -> dict[str, Any]:
    """Vega-Lite's title: what is shown, and below it how it was made and where it comes from."""
    provenance, width = frame.answer.provenance, frame.options.width
    question = provenance.arguments.get("question")
    head = (question if isinstance(question, str) else None) or provenance.title or provenance.method
    lines = [provenance.method, _details(frame, head), _source(frame), *_sentences(frame)]
    sample = "MODELLED SAMPLE, NOT THE CDC'S DATA. " if provenance.sample else ""
    alarm = frame.palette.alarm
    return {
        "text": _wrap(sample + (head or provenance.statistic), width, TITLE_SIZE),
        "subtitle": [part for line in lines if line for part in _wrap(line, width, 1)],
        "anchor": "start",
        "frame": "bounds",
        "fontSize": 15,
        "subtitleFontSize": 11,
        "subtitlePadding": 6,
        "offset": 14,
        **({"color": alarm, "subtitleColor": alarm} if provenance.sample else {}),
    }


def _details(frame: Frame, head: str | None) -> str:
    """The arguments that narrow the answer, but for the one in the title; the year, if it is the only one; the unit."""
    provenance = frame.answer.provenance
    parts = [
        f"{as_words(name).capitalize()}: {', '.join(map(str, value)) if isinstance(value, list) else value}."
        for name, value in provenance.arguments.items()
        if value is not None and value != head and (name, value) not in OPEN_ENDS
    ]
    years = {row[frame.year] for row in frame.rows} if frame.year else set()
    if len(years) == 1 and provenance.arguments.get("year") is None:
        parts.append(f"Survey year {years.pop()}.")
    if provenance.unit:
        parts.append(f"Unit: {provenance.unit}.")
    return " ".join(parts)


def _source(frame: Frame) -> str:
    provenance = frame.answer.provenance
    return (
        f"Source: {provenance.source}, survey years {provenance.years[0]} to {provenance.years[-1]}, "
        f"dataset {provenance.dataset}; computed {provenance.computed_at[:10]}."
    )


def _sentences(frame: Frame) -> list[str]:
    provenance = frame.answer.provenance
    return [f"{text[0].upper()}{text[1:].removesuffix('.')}." for text in (*provenance.notes, *provenance.warnings)]


def _wrap(line: str, width: int, size: float) -> list[str]:
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


def axis_title(frame: Frame, *columns: str) -> str:
    """The unit of an axis, after the column's name where there is only one."""
    unit = (frame.answer.provenance.unit or "").partition(";")[0]
    if len(columns) > 1:
        return unit
    return f"{as_words(columns[0])} ({unit})" if unit else as_words(columns[0])


def as_words(column: str) -> str:
    return column.replace("_", " ")
