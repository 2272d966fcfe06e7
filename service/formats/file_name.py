"""The name of an answer's file: short, in characters that every system accepts, with the years that it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from service.answers.answer import Answer, Provenance
from service.answers.arguments import told
from service.charts.picture_options import PictureOptions
from service.charts.registry import chart_of
from service.dataset.places import places
from service.formats.format_options import Options
from service.formats.registry import Format

SAMPLE = "SAMPLE"
LONGEST = 80
"""Letters of a name; mail programs and Windows' folders cut longer ones."""
LONGEST_WORD = 30
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that Windows keeps for devices."""


def file_name(answer: Answer, format_: Format, options: Options) -> str:
    """`total_by_state_Q036_2021_map.png`: the statistic, its arguments, the survey years, and the kind of picture."""
    provenance = answer.provenance
    sample = [SAMPLE] if provenance.sample else []
    head = "_".join([*sample, _slug(provenance.statistic), *_asked(provenance)])
    chart = chart_of(answer, options.picture or PictureOptions()) if format_.picture else ""
    narrowed = "narrowed" if provenance.narrowed else ""
    rows = f"from-row-{options.page.offset + 1}" if options.page else ""
    tail = "".join(f"_{word}" for word in (_span(provenance.years), chart, narrowed, rows) if word)
    tail += f".{format_.name}"
    name = head[: LONGEST - len(tail)].rstrip("-_") + tail
    return f"_{name}" if RESERVED.fullmatch(name.partition(".")[0]) else name


def _asked(provenance: Provenance) -> Iterator[str]:
    """A word for each argument but the years; questions and places by their codes."""
    codes = {each["wording"]: each["code"] for each in provenance.wordings or ()}
    codes |= {place.name: place.code for place in places().values()}
    for name, value in told(provenance.arguments).items():
        if isinstance(value, list | tuple):
            word = "-".join(codes.get(item, str(item)) for item in value)
        else:
            word = _word(name, value, codes.get(value) if isinstance(value, str) else None)
        if slug := _slug(word):
            yield slug


def _word(name: str, value: Any, code: str | None) -> str:
    if value is True:
        return name
    return f"{name}-{value}" if isinstance(value, int | float) else code or str(value)


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-_")[:LONGEST_WORD].rstrip("-_")


def _span(years: Sequence[int]) -> str:
    """`2021`, or `2011-2021` also where years between are lacking."""
    return "-".join(map(str, dict.fromkeys([years[0], years[-1]]))) if years else ""
