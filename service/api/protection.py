"""What every answer tells browsers, so that what it holds cannot act in their name."""

from __future__ import annotations

from aiohttp import hdrs, web

from service.api.content_security_policy import HEADER, MARKUP_POLICY

PROTECTION = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
NO_FRAMES = {**PROTECTION, "X-Frame-Options": "DENY"}
INERT = {**NO_FRAMES, HEADER: MARKUP_POLICY}
MARKUP = ("text/html", "image/svg+xml")
"""What a browser shows as a document, which may hold scripts."""


async def protect(_: web.Request, response: web.StreamResponse) -> None:
    """Called before the headers are sent. A page's own policy stays, and says who may frame it."""
    headers = response.headers
    if HEADER in headers:
        headers.update(PROTECTION)
    else:
        headers.update(INERT if headers.get(hdrs.CONTENT_TYPE, "").startswith(MARKUP) else NO_FRAMES)
