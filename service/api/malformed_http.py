"""Requests that are not HTTP: what aiohttp refuses before any handler, answered and logged like everything else.

aiohttp has no hook for them (https://github.com/aio-libs/aiohttp/issues/3287), so its handler is subclassed; once it
has one, this file is to use it.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine, HttpProcessingError, InvalidHeader, InvalidURLError, LineTooLong
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

from service.api.app_keys import METRICS
from service.api.bodies import json_response
from service.api.metrics import Metrics
from service.api.middleware import SERVER, next_id, observe
from service.api.protection import NO_FRAMES
from service.logs.request_id import request_id

log = logging.getLogger(__name__)

STATIC = re.compile(
    r"Too many headers received|(Missing|Duplicate) '[A-Za-z-]+' header .*|Received HTTPS traffic .*|"
    r"Can not decode content-encoding: [a-z]+"
)
"""Messages that quote nothing of the request."""
REASONS = {
    InvalidHeader: "Invalid header",
    InvalidURLError: "Invalid address",
    BadStatusLine: "Invalid request line",
}


def reason_of(error: BaseException | None) -> str:
    """What was wrong, in the parser's words but without what it quotes: that may be a cookie or a password."""
    message = error.message if isinstance(error, HttpProcessingError) else ""
    words, quotes, _ = message.partition(":\n\n")
    if quotes:
        return words.splitlines()[-1].strip()
    if isinstance(error, LineTooLong):
        return f"a line of its head is longer than {error.args[1]} bytes; send less"
    if STATIC.fullmatch(message):
        return message
    return next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), "it is not HTTP/1.1")


class Handler(RequestHandler):
    """Answers as JSON, and logs in a line, where the library answers as text and logs a traceback."""

    _manager: Connections

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Raises ConnectionError where there is nobody to tell: the library takes it for a client that went away."""
        if isinstance(exc, ConnectionError):  # `observe` has logged it
            raise exc
        request_id.set(next_id())
        self.log_exception("a request from %s", request.remote, exc_info=exc)
        if request.writer.output_size:
            raise ConnectionAbortedError
        self._manager.metrics.count(request, status, 0.0)
        what = reason_of(exc) if status < 500 else "the service failed"
        response = json_response(
            {"status": "error", "reason": f"the request cannot be read: {what}", "request_id": request_id.get()},
            status=status,
            headers={"X-Request-ID": request_id.get(), "Server": SERVER, **NO_FRAMES},
        )
        response.force_close()
        return response

    def log_exception(self, *args: object, exc_info: BaseException | None = None) -> None:
        """In a line of its own where a client does not speak HTTP: that is no fault of the service."""
        message, *arguments = args
        if isinstance(exc_info, HttpProcessingError):
            log.warning(f"{message}: %s", *arguments, reason_of(exc_info))
        elif not isinstance(exc_info, RequestPayloadError):  # of a body behind its answer, which has its line
            log.error(message, *arguments, exc_info=exc_info)


class Connections(web.Server):
    metrics: Metrics

    def __call__(self) -> RequestHandler:
        """For each connection."""
        return Handler(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """The library has no setting for the handler's class."""

    async def _make_server(self) -> web.Server:
        server = cast("Connections", await super()._make_server())
        server.__class__ = Connections
        server.metrics = self.app[METRICS]
        server.request_handler = partial(observe, handler=server.request_handler, metrics=server.metrics)
        return server
