"""What a request may say of the answer that it wants, besides a statistic's arguments: each option declared once.

A field's name is the option's name in the query, so no parameter of a statistic may have it; its type is what is
allowed, and its `Meta` what OpenAPI says of it. `read` in `extra` turns a text into the value where msgspec cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct

from service.charts.picture_options import PictureOptions
from service.charts.registry import CHARTS
from service.charts.theme import THEMES
from service.dataset.places import places
from service.errors import Unusable
from service.formats.registry import FORMATS
from service.suggest import hint, nearest

LONGEST_WAIT = 60.0
MOST_ROWS = 10**15 - 1
USUAL = PictureOptions()


def one_of(what: str, known: Mapping[str, Any], text: str) -> str:
    """The text, if it is a name that is known; raises Unusable with the nearest one."""
    if text in known:
        return text
    raise Unusable(
        f"there is no {what} {text[:60]!r}{hint(text, known)}; there are {', '.join(known)}",
        allowed=list(known),
        did_you_mean=nearest(text, known),
    )


def _place(text: str) -> str:
    """The name of a place, by its name or abbreviation."""
    folded = " ".join(text.split()).casefold()
    for place in places().values():
        if folded in {place.name.casefold(), place.code.casefold()}:
            return place.name
    raise Unusable(f"mark: there is no place {text[:60]!r}{hint(text, places())}", did_you_mean=nearest(text, places()))


def _choice(what: str, known: Mapping[str, Any], description: str) -> Meta:
    return _meta(description, partial(one_of, what, known), list(known))


def _meta(description: str, read: Callable[[str], Any], allowed: list[str]) -> Meta:
    return Meta(description=description, extra={"read": read}, extra_json_schema={"enum": allowed})


FORMAT = _choice("format", FORMATS, "the format of the answer; Accept or a suffix of the path say it as well")
CODES = [place.code for place in places().values()]
PLACE = _meta("a place to highlight in a picture, by name or code", _place, CODES)


class ResultsOptions(Struct, frozen=True, kw_only=True):
    """How an answer is to be given, and how long to wait for it."""

    format: Annotated[str, FORMAT] | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS, description="rows of a page")] | None = None
    offset: Annotated[int, Meta(ge=0, le=MOST_ROWS, description="first row of a page")] | None = None
    meta: Annotated[bool, Meta(description="add the provenance to JSON")] = False
    bom: Annotated[bool, Meta(description="mark CSV as UTF-8 for Excel")] = False
    safe: Annotated[bool, Meta(description="put ' before texts that spreadsheets take for formulas, in CSV")] = False
    chart: Annotated[str, _choice("chart", CHARTS, "of a picture: another one than the statistic's own")] | None = None
    width: Annotated[int, Meta(ge=200, le=2000, description="of a picture, in pixels")] = USUAL.width
    theme: Annotated[str, _choice("theme", THEMES, "of a picture")] = USUAL.theme
    scale: Annotated[float, Meta(ge=0.5, le=4.0, description="of a PNG")] = USUAL.scale
    mark: tuple[Annotated[str, PLACE], ...] = ()
    select: Annotated[str, Meta(description="columns to keep, in a format of rows: `state,mean:value`")] | None = None
    order: Annotated[str, Meta(description="columns to sort by: `value.desc.nullslast,state`")] | None = None
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT, description="seconds to wait, at most 60")] | None = None

    def picture(self) -> PictureOptions:
        return PictureOptions(
            width=self.width,
            theme=self.theme,
            scale=self.scale,
            chart=self.chart,
            highlights=tuple(dict.fromkeys(self.mark)),
        )


class AnswerOptions(ResultsOptions, frozen=True, kw_only=True):
    """The same of an answer that is computed for the request."""

    fresh: Annotated[bool, Meta(description="run it again, though the answer is known")] = False
