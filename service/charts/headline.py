"""The headline of a picture: the statistic, the place, the segment, the survey years and the question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.answers.years import span
from service.charts.frame import Frame
from service.dataset.places import places

SAID_ELSEWHERE = re.compile(r"^Percent of | aged 18 years and older")
"""What the unit says of a question too: that it is about percentages, and of adults."""


def headline(frame: Frame) -> str:
    provenance = frame.answer.provenance
    parts = [provenance.title or provenance.method or provenance.statistic, *whom(frame)]
    asked = questions_asked(frame)
    if asked:
        parts.append(span(provenance.years))
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


def asked_in(frame: Frame) -> Sequence[int]:
    """The survey years in which the questions of the arguments were asked, as far as the arguments ask for them."""
    if not questions_asked(frame):
        return []
    return sorted({year for each in frame.answer.provenance.wordings or () for year in each["years"]})
