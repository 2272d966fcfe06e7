"""Requests that are not HTTP, and the private parts of aiohttp that answering them in JSON needs."""

from __future__ import annotations

import asyncio
import inspect
import json

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from tests.client import Client

ADVICE = "aiohttp has changed: use its hook for malformed requests if it has one, or correct malformed_http.py"


async def test_what_is_not_http_gets_json(client: Client) -> None:
    """Status 400, a reason and an id."""
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"nonsense\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 400 ") or head.startswith(b"HTTP/1.0 400 ")
    assert json.loads(body)["reason"].startswith("the request cannot be read: ")


def test_aiohttp_has_what_the_subclass_needs() -> None:
    """A new version that lacks it is noticed here, with what to do."""
    parameters = [*inspect.signature(RequestHandler.handle_error).parameters]
    assert parameters == ["self", "request", "status", "exc", "message"], ADVICE
    assert inspect.iscoroutinefunction(web.AppRunner._make_server), ADVICE
    assert "RequestHandler(self, loop=self._loop, **self._kwargs)" in inspect.getsource(web.Server.__call__), ADVICE
