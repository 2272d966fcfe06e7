"""The headline of a picture: the statistic, the place, the segment, the survey years and the question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.charts.frame import Frame
from service.dataset.places import places

SAID_ELSEWHERE = re.compile(r"^Percent of | aged 18 years and older")
"""What the unit says of a question too: that it is about percentages, and of adults."""
TWO_YEARS = ("first_year", "last_year")
SEVERAL_YEARS = "years"
"""A column with the list of years that a row is of."""


def headline(frame: Frame) -> str:
    provenance = frame.answer.provenance
    parts = [provenance.title or provenance.method or provenance.statistic, *whom(frame)]
    asked = questions_asked(frame)
    if asked:
        parts.append(_span(years_of(frame)))
    head = ", ".join(part.removesuffix(".") for part in parts if part)
    return f"{head}: {' and '.join(map(shortened, asked))}" if asked else head


def shortened(question: str) -> str:
    return SAID_ELSEWHERE.sub("", question)


def questions_asked(frame: Frame) -> list[str]:
    """Those survey questions that the arguments name, in their words."""
    provenance = frame.answer.provenance
    known = {each["wording"] for each in provenance.wordings or ()}
    return [text for text in provenance.arguments.values() if isinstance(text, str) and text in known]


def whom(frame: Frame) -> list[str]:
    """The one place and the one segment that the arguments name."""
    arguments = frame.answer.provenance.arguments
    place, segment = arguments.get("state"), arguments.get("segment")
    return [text for text in (place if place in places() else None, segment) if isinstance(text, str)]


def years_of(frame: Frame) -> Sequence[int]:
    """The survey years of the rows, else those in which the questions were asked."""
    if frame.year:
        return sorted({row[frame.year] for row in frame.rows if row[frame.year] is not None})
    if SEVERAL_YEARS in frame.answer.result.names:
        return sorted({int(year) for row in frame.rows for year in re.findall(r"\d{4}", str(row[SEVERAL_YEARS]))})
    provenance = frame.answer.provenance
    named = {year for name in TWO_YEARS if isinstance(year := provenance.arguments.get(name), int)}
    return sorted(named) or asked_in(frame) or provenance.years


def asked_in(frame: Frame) -> Sequence[int]:
    """The survey years in which the questions of the arguments were asked, as far as the arguments ask for them."""
    if not questions_asked(frame):
        return []
    return sorted({year for each in frame.answer.provenance.wordings or () for year in each["years"]})


def spans(years: Sequence[int]) -> str:
    """Years in order, as `2011 to 2015, 2017`."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(_span(run) for run in runs)


def _span(years: Sequence[int]) -> str:
    if not years:
        return ""
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
