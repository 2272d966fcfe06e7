"""CORS: which sites' pages may read answers in a browser, by `[server] allowed_origins`.

Cookies and other credentials are never used, so `*` may stand for all headers. A preflight is an OPTIONS request like
any other, so that aiohttp-cors, which makes a route of its own for it and refuses every other one, does not fit.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import hdrs, web

from service.api.app_keys import SERVICE

EVERY = "*"
PREFLIGHT_SECONDS = 3600


async def share(request: web.Request, response: web.StreamResponse) -> None:
    """Allow the requesting page to read the response if its site may; called before the headers are sent."""
    allowed = request.app[SERVICE].settings.server.allowed_origins
    if not allowed:
        return
    headers = response.headers
    if EVERY not in allowed:
        headers[hdrs.VARY] = ", ".join(filter(None, (headers.get(hdrs.VARY), hdrs.ORIGIN)))
    if (origin := shared_with(request, allowed)) is None:
        return
    headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
    if request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
        headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = headers.get(hdrs.ALLOW, "")
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = EVERY
        headers[hdrs.ACCESS_CONTROL_MAX_AGE] = str(PREFLIGHT_SECONDS)
    else:
        headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = EVERY


def shared_with(request: web.BaseRequest, allowed: Collection[str]) -> str | None:
    """The origin whose pages may read the answer, `*` for any; None when the requesting page may not."""
    if EVERY in allowed:
        return EVERY
    origin = request.headers.get(hdrs.ORIGIN)
    return origin if origin in allowed else None
