"""Connections: how many there may be, and for how long a client may keep one waiting.

aiohttp has no deadlines but one for idle connections, whose timer is used here for all, and no hook for requests that
are not HTTP (https://github.com/aio-libs/aiohttp/issues/3287), so its handler is subclassed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler, RequestPayloadError
from yarl import URL

from service.api.app_keys import METRICS
from service.api.bodies import json_response
from service.api.malformed_http import reason_of
from service.api.metrics import Metrics
from service.api.middleware import SERVER, next_id, observe
from service.api.protection import NO_FRAMES
from service.encoding import encode_line
from service.logs.request_id import request_id
from service.runtime.descriptors import descriptor_limit
from service.settings import Connections as Limits

log = logging.getLogger(__name__)

PHASES = {
    "first_byte": "sent nothing",
    "head": "not sent a whole head",
    "body": "not sent the whole body",
    "idle": "sent no further request",
    "reading": "read nothing",
}
"""In which a connection waits for its client, with what the client has not done; each has its limit in settings."""
LOOKS = 4
"""In the time of the shortest limit."""
MOST_PARTS = 100
"""Of a path; no page has more than a few."""
NOWHERE = URL("/…")
USUAL_MOST = 2000
TOLD = 10.0
"""Seconds for which a refusal is not logged again."""


class Handler(RequestHandler):
    """One connection."""

    __slots__ = ("_address", "_head_begun", "_phase", "_resumed", "_since", "_wire")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        server = cast("Server", self._manager)
        self._wire = cast("asyncio.Transport", transport)
        self._address = (transport.get_extra_info("peername") or ("",))[0]
        self._head_begun, self._resumed, self._since = -1, 0, self._loop.time()
        self._phase: tuple[str, object] = ("first_byte", 0)
        if reason := server.objection(self._address):
            self._manager, self._force_close = None, True  # nothing more is to come of it
            server.metrics.count(None, 503, 0.0)
            self._wire.write(_refusal(reason))
            self._wire.close()
        else:
            super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        requests = self._request_count
        super().data_received(data)
        if self._request_count == requests and self._waiter is not None:
            self._head_begun = requests

    def resume_writing(self) -> None:
        self._resumed += 1
        super().resume_writing()

    def _process_keepalive(self) -> None:
        """The timer: end the connection when it has been in one phase for too long."""
        if self._manager is None:
            return
        self._keepalive_handle = self._loop.call_later(self._keepalive_timeout, self._process_keepalive)
        phase, now = self._phase_now(), self._loop.time()
        if phase != self._phase:
            self._phase, self._since = phase, now
        name, _ = phase
        limit = getattr(cast("Server", self._manager).limits, name, None)
        if limit is not None and now - self._since >= limit:
            level = logging.DEBUG if name in {"first_byte", "idle"} else logging.INFO
            log.log(level, "%s has %s for %g s; its connection is closed", self._address, PHASES[name], limit)
            self._wire.abort()  # what it does not read would keep it from being closed

    def _phase_now(self) -> tuple[str, object]:
        """With what differs from one phase of the kind to the next, or once the client has read some."""
        if self._paused or self._wire.is_closing():
            return "reading", (self._resumed, self._wire.get_write_buffer_size())
        if self._current_request is not None and not self._current_request.content.is_eof():
            return "body", self._request_count
        if self._waiter is None or self._waiter.done():
            return "answering", self._request_count
        if self._head_begun == self._request_count:
            return "head", self._request_count
        return "idle" if self._request_count else "first_byte", self._request_count

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """As JSON, where the library answers as text.

        Raises ConnectionError where there is nobody to tell: the library takes it for a client that went away.
        """
        if isinstance(exc, ConnectionError):  # `observe` has logged it
            raise exc
        request_id.set(next_id())
        self.log_exception("a request from %s", request.remote, exc_info=exc)
        if request.writer.output_size:
            raise ConnectionAbortedError
        cast("Server", self._manager).metrics.count(request, status, 0.0)
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


def _refusal(reason: str) -> bytes:
    body = encode_line({"status": "error", "reason": reason, "retry_after": 1})
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


class Server(web.Server):
    """All connections."""

    limits: Limits
    metrics: Metrics
    addresses: Counter[str]
    """How many connections each has."""
    told: float
    """When a refusal was logged last."""

    def __call__(self) -> RequestHandler:
        """For each connection."""
        shortest = min(getattr(self.limits, phase) for phase in PHASES)
        return Handler(self, loop=self._loop, **{**self._kwargs, "keepalive_timeout": shortest / LOOKS})

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self.addresses[cast("Handler", handler)._address] += 1

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        address = cast("Handler", handler)._address
        self.addresses[address] -= 1
        if not self.addresses[address]:
            del self.addresses[address]

    def objection(self, address: str) -> str | None:
        """Why there may be no further connection from an address."""
        most, each = self.limits.most or min(USUAL_MOST, descriptor_limit() // 2), self.limits.per_address
        if len(self._connections) >= most:
            reason = f"{most} connections are open, which is the limit"
        elif each and address not in self.limits.proxies and self.addresses[address] >= each:
            reason = f"{address} has {each} connections, which is the limit for one address"
        else:
            return None
        if self._loop.time() - self.told > TOLD:
            self.told = self._loop.time()
            log.warning("%s: a further one is refused", reason)
        return f"{reason}; ask again in a second"


class Runner(web.AppRunner):
    """The library has no setting for the handler's class."""

    def __init__(self, app: web.Application, limits: Limits, **options: Any) -> None:
        super().__init__(app, **options)
        self._limits = limits

    async def _make_server(self) -> web.Server:
        server = cast("Server", await super()._make_server())
        server.__class__ = Server
        server.limits, server.metrics, server.addresses, server.told = self._limits, self.app[METRICS], Counter(), -TOLD
        server.request_factory = partial(_with_short_path, server.request_factory)
        server.request_handler = partial(observe, handler=server.request_handler, metrics=server.metrics)
        return server


def _with_short_path(make: Callable[..., web.BaseRequest], message: Any, *rest: Any) -> web.BaseRequest:
    """A request; aiohttp looks for a route at each part of a path, which takes a third of a second for 30,000."""
    if message.path.count("/") > MOST_PARTS and message.path.partition("?")[0].count("/") > MOST_PARTS:
        message = message._replace(url=NOWHERE)
    return make(message, *rest)
