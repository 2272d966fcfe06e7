"""Around every request: its id, its line in the log, and errors as JSON."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from service.api.app_keys import REQUEST_ID
from service.api.bodies import error_response
from service.errors import BadRequest, NotFound, ServiceError

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PROCESS = secrets.token_hex(4)
NUMBERS = itertools.count(1)
SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def next_id() -> str:
    """An id for a request that has none."""
    return f"{PROCESS}-{next(NUMBERS)}"


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, answer errors as JSON, and log one line."""
    begun = time.perf_counter()
    sent = request.headers.get("X-Request-ID")
    request[REQUEST_ID] = sent if sent and SANE_ID.fullmatch(sent) else next_id()
    try:
        response = await _answer(request, handler)
    except asyncio.CancelledError:
        log.info("%s %s: its client went away, id=%s", request.method, request.raw_path, request[REQUEST_ID])
        raise
    log.info(
        "%s %s %d %.1fms %dB id=%s",
        request.method,
        request.raw_path,
        response.status,
        (time.perf_counter() - begun) * 1000,
        response.content_length or 0,
        request[REQUEST_ID],
    )
    return response


async def identify(request: web.Request, response: web.StreamResponse) -> None:
    """Add the request's id just before the headers are sent, which works for streams too."""
    response.headers["X-Request-ID"] = request.get(REQUEST_ID) or next_id()


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ServiceError as error:
        return error_response(request, error)
    except web.HTTPMethodNotAllowed as error:
        allowed = sorted(error.allowed_methods)
        if request.method == hdrs.METH_OPTIONS:
            return web.Response(status=204, headers={hdrs.ALLOW: ", ".join([*allowed, hdrs.METH_OPTIONS])})
        refusal = BadRequest(
            f"{request.method} is not for {request.path}; use {' or '.join(allowed)}",
            status=405,
            allowed=allowed,
        )
        return error_response(request, refusal, {"Allow": error.headers["Allow"]})
    except web.HTTPNotFound:
        return error_response(request, NotFound(f"there is no page {request.path}; GET / lists what there is"))
    except web.HTTPException as error:
        return error_response(request, ServiceError(error.reason, status=error.status))
    except Exception:
        log.exception("%s %s failed, id=%s", request.method, request.raw_path, request[REQUEST_ID])
        reason = f"the service failed; its log has the details under {request[REQUEST_ID]}"
        return error_response(request, ServiceError(reason))
