"""What a request wishes of an answer: its form, how long to wait, and which rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec
from aiohttp import web
from msgspec import Meta
from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from service.api.looks import look_of
from service.charts.picture_options import PictureOptions
from service.compression import CODINGS, IDENTITY
from service.errors import BadRequest
from service.formats import FORMATS, Format, format_named
from service.statistics.contract import TAKEN

LONGEST_WAIT = 60.0
Wait = Annotated[float, Meta(ge=0, le=LONGEST_WAIT)]
TRUTHS = {"true": True, "false": False}


class Wish(NamedTuple):
    """`limit` and `offset` are None where the client named none."""

    form: Format
    limit: int | None
    offset: int | None
    meta: bool
    bom: bool
    fresh: bool
    look: PictureOptions | None


def wish_of(request: web.Request, suffix: str | None, own: Mapping[str, str]) -> Wish:
    """What the suffix, the query's own names and the headers say; raises BadRequest, also with status 406."""
    form = _format(request, suffix, own.get("format"))
    look = look_of(own, request.query.getall("mark", []))
    return Wish(
        form,
        _number(own, "limit", 1),
        _number(own, "offset", 0),
        truth_of(own, "meta"),
        truth_of(own, "bom"),
        truth_of(own, "fresh"),
        look if form.picture else None,
    )


MANY = frozenset({"mark"})
"""Names of the service's own that may repeat."""


def split_query(request: web.Request) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The query's names that are the service's own, and those that are left for arguments, which may repeat."""
    own: dict[str, list[str]] = {}
    left: dict[str, list[str]] = {}
    for name, value in request.query.items():
        (own if name in TAKEN else left).setdefault(name, []).append(value)
    return {name: values[-1] if name in MANY else once(name, values) for name, values in own.items()}, left


def once(name: str, values: list[str]) -> str:
    """The value of a name in the query; raises BadRequest when there are several."""
    if len(values) > 1:
        raise BadRequest(f"{name} is given {len(values)} times in the query; give it once", parameter=name)
    return values[0]


def split_suffix(name: str) -> tuple[str, str | None]:
    """`states_mean.csv` is the name and the format."""
    stem, dot, suffix = name.partition(".")
    return stem, suffix if dot else None


def refuse_others(left: Mapping[str, object], allowed: frozenset[str]) -> None:
    """Raise BadRequest for a name in the query that this route does not know."""
    for name in left:
        if name not in allowed:
            raise BadRequest(f"there is no parameter named {name!r}", parameter=name, allowed=sorted(allowed))


def _format(request: web.Request, suffix: str | None, named: str | None) -> Format:
    if suffix is not None and named is not None and suffix != named:
        raise BadRequest(f"the address ends with .{suffix}, but format={named}; leave one out", parameter="format")
    name = named if suffix is None else suffix
    if name is not None:
        return format_named(name)
    header = ", ".join(request.headers.getall("Accept", []))
    form = _accepted(header) if header else FORMATS["json"]
    if form is None:
        raise BadRequest(
            f"no format is of the kind that Accept names: {header!r}; format=NAME or Accept may ask for these",
            status=406,
            parameter="Accept",
            allowed={name: form.media_type for name, form in FORMATS.items()},
        )
    return form


@lru_cache(1000)
def _accepted(header: str) -> Format | None:
    media_types = {form.media_type: form for form in FORMATS.values()}
    # Parameters such as a charset choose nothing here.
    wished = ((kind.partition(";")[0].strip(), quality) for kind, quality in parse_accept_header(header, MIMEAccept))
    best = MIMEAccept(wished).best_match(list(media_types))
    return media_types.get(best) if best else None


def _number(own: Mapping[str, str], name: str, least: int) -> int | None:
    text = own.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < least:
        raise BadRequest(f"{name} must be a whole number from {least}, not {text[:60]!r}", parameter=name)
    return int(text)


def truth_of(own: Mapping[str, str], name: str) -> bool:
    """Whether a name of the query is true; raises BadRequest when it is neither true nor false."""
    text = own.get(name, "false").lower()
    if text not in TRUTHS:
        raise BadRequest(f"{name} must be true or false, not {text[:60]!r}", parameter=name, allowed=[True, False])
    return TRUTHS[text]


def wait_of(request: web.Request, own: Mapping[str, str], usual: float) -> float:
    """Seconds to wait: `?wait=N`, else `Prefer: wait=N` or `respond-async` (RFC 7240), else what is usual.

    A preference that is none is passed over and a longer one cut to a minute, as the RFC allows; `?wait=` is refused.
    """
    text = own.get("wait")
    if text is not None:
        try:
            return msgspec.convert(text, Wait, strict=False)
        except msgspec.ValidationError:
            raise BadRequest(
                f"wait must be a number of seconds from 0 to {LONGEST_WAIT:g}, not {text[:60]!r}", parameter="wait"
            ) from None
    preferred = preference(request)
    return usual if preferred is None else preferred


def preference(request: web.Request) -> float | None:
    """The seconds of the Prefer header; 0 for respond-async."""
    header = ", ".join(request.headers.getall("Prefer", []))
    if not header:
        return None
    found = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})", header, re.IGNORECASE | re.ASCII)
    if found:
        return min(float(found[1]), LONGEST_WAIT)
    return 0.0 if re.search(r"(?:^|[,;\s])respond-async\b", header, re.IGNORECASE) else None


@lru_cache(1000)
def accepted_coding(header: str) -> str:
    """The best coding that an Accept-Encoding header admits."""
    best: str | None = parse_accept_header(header, Accept).best_match([*CODINGS, IDENTITY])
    return best or IDENTITY
