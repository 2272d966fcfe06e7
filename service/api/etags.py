"""ETags: how they are made, and whether a client already has what one names."""

from __future__ import annotations

from aiohttp import hdrs, web

from service.answers.answer import Answer
from service.answers.store import Rendering
from service.api.header_lines import header_of
from service.compression import IDENTITY
from service.formats.format_options import Options
from service.formats.registry import Format


def etag_of(rendering: Rendering) -> str:
    """A strong one, of the bytes as they are sent."""
    return rendering.hash if rendering.coding == IDENTITY else f"{rendering.hash}-{rendering.coding}"


def etag_of_stream(answer: Answer, format_: Format, options: Options, coding: str) -> str:
    """A strong one, of bytes that do not exist yet: all that determines them is in it."""
    rows = f"{options.page.offset}-{options.page.limit}" if options.page else "all"
    chosen = f"{format_.name}-{rows}-{options.bom:d}{options.meta:d}-{coding}"
    return f"{answer.key[:12]}-{answer.provenance.computed_at}-{chosen}"


def is_known(request: web.BaseRequest, etag: str) -> bool:
    """Whether If-None-Match names it; weak ones count too, as RFC 9110 says."""
    if hdrs.IF_NONE_MATCH in request.headers:
        header_of(request, hdrs.IF_NONE_MATCH)  # refuses a long one
    return any(tag.value in {"*", etag} for tag in request.if_none_match or ())


def has_changed(request: web.BaseRequest, etag: str) -> bool:
    """Whether If-Match names other bytes; a weak one names none, as RFC 9110 says."""
    if hdrs.IF_MATCH in request.headers:
        header_of(request, hdrs.IF_MATCH)  # refuses a long one
    wanted = request.if_match
    return wanted is not None and not any(tag.value == "*" or (tag.value == etag and not tag.is_weak) for tag in wanted)
