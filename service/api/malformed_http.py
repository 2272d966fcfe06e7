"""Requests that are not HTTP: what aiohttp refuses before any handler, answered and logged like everything else.

aiohttp has no hook for them (https://github.com/aio-libs/aiohttp/issues/3287), so its handler is subclassed; once it
has one, this file is to use it.
"""

from __future__ import annotations

import logging
import re

from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine, HttpProcessingError, InvalidHeader, InvalidURLError, LineTooLong
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

from service.api.bodies import json_response
from service.api.middleware import next_id
from service.api.protection import NO_FRAMES

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


class MalformedHttp(logging.Filter):
    """Makes one line, without a traceback, of what aiohttp logs when a client does not speak HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RequestPayloadError):  # as aiohttp has wrapped it
            error = error.__cause__
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "%s: %s", (record.getMessage(), reason_of(error))
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


MALFORMED_HTTP = MalformedHttp()


class Handler(RequestHandler):
    """Answers as JSON, where the library answers as text."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        super().handle_error(request, status, exc, message)
        what = reason_of(exc) if status < 500 else "the service failed"
        request_id = next_id()
        response = json_response(
            {"status": "error", "reason": f"the request cannot be read: {what}", "request_id": request_id},
            status=status,
            headers={"X-Request-ID": request_id, **NO_FRAMES},
        )
        response.force_close()
        return response


class Connections(web.Server):
    def __call__(self) -> RequestHandler:
        """For each connection."""
        return Handler(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """The library has no setting for the handler's class."""

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        server.__class__ = Connections
        return server
