"""Requests that are not HTTP: what aiohttp refuses before any handler, answered and logged like everything else.

aiohttp has no hook for them (https://github.com/aio-libs/aiohttp/issues/3287), so its handler is subclassed; once it
has one, this file is to use it.
"""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from service.api.bodies import json_response
from service.api.middleware import next_id


class MalformedHttp(logging.Filter):
    """Makes one line, without a traceback, of what aiohttp logs when a client does not speak HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "%s: %s", (record.getMessage(), error.message)
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
        what = message.splitlines()[0] if message and status < 500 else "the service failed"
        request_id = next_id()
        response = json_response(
            {"status": "error", "reason": f"the request cannot be read: {what}", "request_id": request_id},
            status=status,
            headers={"X-Request-ID": request_id},
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
