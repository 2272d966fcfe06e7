"""Around every request: its id, its line in the log, and errors as JSON."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable

from aiohttp import HttpVersion10, HttpVersion11, hdrs, web

from service.api.bodies import error_response
from service.api.metrics import GONE, Metrics
from service.errors import BadRequest, NotFound, ServiceError
from service.logs.lines import cut
from service.logs.request_id import request_id

log = logging.getLogger(__name__)
CONTINUE = "100-continue"
UNEXPECTED = ServiceError(f"of Expect only {CONTINUE} is known; leave it out", status=417)
SPOKEN = {HttpVersion10, HttpVersion11}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PROCESS = secrets.token_hex(4)
NUMBERS = itertools.count(1)
SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
SERVER = "health"
"""The header of that name: it says no versions, which tell strangers which faults to try."""
LONGEST_ADDRESS = 2000
"""Letters of an address in a line of the log."""


def next_id() -> str:
    """An id for a request that has none."""
    return f"{PROCESS}-{next(NUMBERS)}"


async def observe(request: web.Request, handler: Handler, metrics: Metrics) -> web.StreamResponse:
    """Give the request an id, answer errors as JSON, count it, and log one line.

    It is around the application and no middleware within: an Expect that aiohttp does not know never gets to those.
    """
    begun = time.perf_counter()
    sent = request.headers.get("X-Request-ID")
    request_id.set(sent if sent and SANE_ID.fullmatch(sent) else next_id())
    what: dict[str, object] = {"method": request.method, "address": cut(request.raw_path, LONGEST_ADDRESS)}
    try:
        response = await _answer(request, handler)
    except (asyncio.CancelledError, ConnectionError) as error:
        log.info("%(method)s %(address)s: %(why)s", {**what, "why": str(error) or "its client went away"})
        metrics.count(request, GONE, time.perf_counter() - begun)
        raise
    seconds = time.perf_counter() - begun
    metrics.count(request, response.status, seconds)
    what["status"], what["ms"], what["bytes"] = response.status, seconds * 1000, response.content_length or 0
    log.info("%(method)s %(address)s %(status)d %(ms).1fms %(bytes)dB", what)
    return response


async def identify(_: web.Request, response: web.StreamResponse) -> None:
    """Add the request's id just before the headers are sent, which works for streams too."""
    response.headers["X-Request-ID"] = request_id.get()
    response.headers[hdrs.SERVER] = SERVER


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.version is not HttpVersion11 and request.version not in SPOKEN:
        return await _other_version(request)
    try:
        return await handler(request)
    except ServiceError as error:
        return error_response(request, error)
    except web.HTTPMethodNotAllowed as error:
        return _method_not_allowed(request, error)
    except web.HTTPNotFound:
        return error_response(request, NotFound(f"there is no page {request.path}; GET / lists what there is"))
    except web.HTTPExpectationFailed:
        return error_response(request, UNEXPECTED)
    except web.HTTPException as error:
        return error_response(request, ServiceError(error.reason, status=error.status))
    except Exception as error:
        if isinstance(error, OSError) and (request.transport is None or request.transport.is_closing()):
            raise error if isinstance(error, ConnectionAbortedError) else ConnectionResetError from error
        return error_response(request, _failure(request, error))


def _failure(request: web.Request, error: Exception) -> ServiceError:
    """What went wrong; logged, unless it is an Expect that is no UTF-8, which aiohttp cannot repeat."""
    if isinstance(error, UnicodeEncodeError) and request.headers.get(hdrs.EXPECT, CONTINUE).lower() != CONTINUE:
        return UNEXPECTED
    log.exception("%s %s failed", request.method, cut(request.raw_path, LONGEST_ADDRESS))
    return ServiceError(f"the service failed; its log has why under {request_id.get()}")


async def _other_version(request: web.Request) -> web.Response:
    """The parser lets HTTP/0.9 and HTTP/2.0 pass, and the response would be in them."""
    request._cache["version"] = HttpVersion11
    response = error_response(request, ServiceError("HTTP/1.1 and HTTP/1.0 are spoken here; use one", status=505))
    response.force_close()
    await identify(request, response)  # no route was found, so nobody else calls it
    return response


def _method_not_allowed(request: web.Request, error: web.HTTPMethodNotAllowed) -> web.Response:
    allowed = sorted(error.allowed_methods)
    if request.method == hdrs.METH_OPTIONS:
        return web.Response(status=204, headers={hdrs.ALLOW: ", ".join([*allowed, hdrs.METH_OPTIONS])})
    reason = f"{request.method} is not for {request.path}; use {' or '.join(allowed)}"
    refusal = BadRequest(reason, status=405, allowed=allowed)
    return error_response(request, refusal, {"Allow": error.headers["Allow"]})
