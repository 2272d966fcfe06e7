"""A header's value, cut to a length: what is parsed must not grow with what a client sends."""

from __future__ import annotations

from aiohttp import web

from service.errors import BadRequest

LONGEST = 2000
"""Characters; browsers and libraries send some hundred."""


def header_of(request: web.BaseRequest, name: str) -> str | None:
    """All its lines as one, None without any; raises BadRequest when that is too long."""
    if name not in request.headers:
        return None
    text = ", ".join(request.headers.getall(name))
    if len(text) > LONGEST:
        raise BadRequest(f"the header {name} has {len(text)} characters; send at most {LONGEST}", parameter=str(name))
    return text
