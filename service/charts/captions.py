"""The words of a picture: title, where it comes from, and the sentence for whoever cannot see it."""

from __future__ import annotations

import textwrap
from typing import Any

from service.charts.frame import Frame
from service.dataset.places import is_national

OPEN_ENDS = (["since", 2011], ["until", 2100])
"""Arguments that say "all years"."""
LETTER = 6.2
"""Pixels of a letter of the subtitle, about."""


def title(frame: Frame) -> dict[str, Any]:
    """What is shown, how it was made, and where it comes from."""
    said, look = frame.answer.provenance, frame.look
    head = next((value for value in frame.arguments if value.endswith(question_ends(frame))), said.title or said.method)
    years = f"survey years {said.years[0]} to {said.years[-1]}"
    about = [_given(frame, head), _year(frame), f"Unit: {said.unit}." if said.unit else ""]
    lines = [
        said.method or "",
        " ".join(part for part in about if part),
        f"Source: {said.source}, {years}, dataset {said.dataset}; computed {said.computed_at[:10]}.",
    ]
    sample = "MODELLED SAMPLE, NOT THE CDC'S DATA. " if said.sample else ""
    colours = {"color": look.palette.alarm, "subtitleColor": look.palette.alarm} if said.sample else {}
    return {
        "text": _wrapped(sample + (head or said.statistic), look.width, 1.35),
        "subtitle": [part for line in lines if line for part in _wrapped(line, look.width, 1)],
        "anchor": "start",
        "frame": "bounds",
        "fontSize": 15,
        "subtitleFontSize": 11,
        "subtitlePadding": 6,
        "offset": 14,
        **colours,
    }


def question_ends(frame: Frame) -> tuple[str, ...]:
    """The argument that is the survey question: it says most of what is shown."""
    question = frame.answer.provenance.arguments.get("question")
    return (question,) if isinstance(question, str) else ("\0",)


def _given(frame: Frame, head: str | None) -> str:
    """The arguments that are not the title, and that say something."""
    arguments = frame.answer.provenance.arguments
    said = {name: value for name, value in arguments.items() if value is not None and value != head}
    words = [
        f"{spoken(name).capitalize()}: {', '.join(map(str, value)) if isinstance(value, list) else value}."
        for name, value in said.items()
        if [name, value] not in OPEN_ENDS
    ]
    return " ".join(words)


def _year(frame: Frame) -> str:
    """The survey year, where the rows have but one and nobody asked for it."""
    years = {row[frame.year] for row in frame.rows} if frame.year else set()
    asked = frame.answer.provenance.arguments.get("year")
    return f"Survey year {years.pop()}." if len(years) == 1 and asked is None else ""


def _wrapped(line: str, width: int, size: float) -> list[str]:
    return textwrap.wrap(line, max(20, int((width - 16) / (LETTER * size))))


def span(frame: Frame, column: str) -> str:
    """How many rows there are, the ends of a column, and how many are not published."""
    label = frame.label
    known = [row for row in frame.rows if row[column] is not None]
    ranked = [row for row in known if not (frame.place and is_national(row[frame.place]))] or known
    missing = len(frame.rows) - len(known)
    unpublished = f"; {missing} not published" if missing else ""
    if not ranked:
        return f"{len(frame.rows)} rows, none published"
    low, high = (end(ranked, key=lambda row: row[column]) for end in (min, max))

    def named(row: dict[str, Any]) -> str:
        return f"{row[column]:.4g}" + (f" ({row[label]})" if label else "")

    return f"{len(frame.rows)} values of {spoken(column)} from {named(low)} to {named(high)}{unpublished}"


def axis_title(frame: Frame, *columns: str) -> str:
    """What an axis measures: the unit, and of a single column its name."""
    unit = (frame.answer.provenance.unit or "").partition(";")[0]
    if len(columns) > 1:
        return unit
    return f"{spoken(columns[0])} ({unit})" if unit else spoken(columns[0])


def spoken(column: str) -> str:
    """A column's name as words."""
    return column.replace("_", " ")
