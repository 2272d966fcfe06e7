"""How a client wishes a picture to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.charts import CHARTS
from service.charts.picture_options import DEFAULT_WIDTH, MAX_SCALE, MAX_WIDTH, MIN_SCALE, MIN_WIDTH, PictureOptions
from service.charts.theme import THEMES
from service.dataset.places import places
from service.errors import BadRequest
from service.suggest import hint, nearest

NAMES = frozenset({"width", "theme", "scale", "chart"})
UNCHANGED = PictureOptions()
Width = Annotated[int, Meta(ge=MIN_WIDTH, le=MAX_WIDTH)]
Scale = Annotated[float, Meta(ge=MIN_SCALE, le=MAX_SCALE)]


def look_of(own: Mapping[str, str], marks: Sequence[str]) -> PictureOptions:
    """The look that the query's names ask for; raises BadRequest, naming what is allowed."""
    if not marks and NAMES.isdisjoint(own):  # most requests ask for no picture
        return UNCHANGED
    return PictureOptions(
        _number(own, "width", Width, DEFAULT_WIDTH, f"a whole number of pixels from {MIN_WIDTH} to {MAX_WIDTH}"),
        _one_of(own, "theme", THEMES) or "light",
        _number(own, "scale", Scale, 1.0, f"a number from {MIN_SCALE:g} to {MAX_SCALE:g}"),
        _one_of(own, "chart", CHARTS),
        tuple(dict.fromkeys(map(_place, marks))),
    )


def _number(own: Mapping[str, str], name: str, kind: Any, usual: float, words: str) -> Any:
    try:
        return msgspec.convert(own[name], kind, strict=False) if name in own else usual
    except msgspec.ValidationError:
        raise BadRequest(f"{name} must be {words}, not {own[name][:60]!r}", parameter=name) from None


def _one_of(own: Mapping[str, str], name: str, known: Mapping[str, object]) -> str | None:
    if name in own and own[name] not in known:
        raise BadRequest(
            f"there is no {name} {own[name][:60]!r}{hint(own[name], known)}; there are {', '.join(known)}",
            parameter=name,
            allowed=list(known),
            did_you_mean=nearest(own[name], known),
        )
    return own.get(name)


def _place(text: str) -> str:
    folded = " ".join(text.split()).casefold()
    for place in places().values():
        if folded in {place.name.casefold(), place.code.casefold()}:
            return place.name
    raise BadRequest(
        f"mark: there is no place {text[:60]!r}{hint(text, places())}",
        parameter="mark",
        did_you_mean=nearest(text, places()),
    )
