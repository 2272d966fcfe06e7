"""Which answers may stand in a frame of another page: /embed, in the pages that `[server] allowed_origins` names."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from service.api.content_security_policy import HEADER

NO_FRAMES = {"X-Frame-Options": "DENY"}


async def forbid_frames(_: web.Request, response: web.StreamResponse) -> None:
    """Called before the headers are sent; where there is a policy, its `frame-ancestors` says who may frame it."""
    if HEADER not in response.headers:
        response.headers.update(NO_FRAMES)


def ancestors(allowed_origins: Sequence[str]) -> str:
    """The sites whose pages may frame /embed, in the words of a content security policy."""
    return " ".join(allowed_origins) or "'none'"
